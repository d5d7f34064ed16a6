"""`make fuzz`: libFuzzer on the body parser of the C++ servers, under the address and undefined-behaviour sanitizers.

FUZZ_S says for how long. The seeds are the bodies of the contract's cases and those at the edge of JSON.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from servebench.build.cmake_project import CMakeProject
from servebench.check.contract import load_cases
from servebench.check.examination import read_lines
from servebench.check.valid_row import OVERSIZED, ValidRow
from servebench.paths import CACHE, PAYLOADS, SERVERS
from support.bodies import BODIES, NUMBERS, body_of

FUZZ_S = int(os.environ.get("FUZZ_S", "300"))
# A build of clang where there is no `clang++`, such as Debian's clang++-19.
CLANG = shutil.which("clang++") or next(
    (path for version in range(30, 13, -1) if (path := shutil.which(f"clang++-{version}"))), None
)
OPTIONS = {
    "-timeout": 5,
    "-rss_limit_mb": 2048,
    "-max_len": 65_536,
    "-print_final_stats": 1,
    "-max_total_time": FUZZ_S,
}

EMPTY_TARGET = """
#include <cstddef>
#include <cstdint>
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) { return 0; }
"""


@pytest.fixture
def clang(tmp_path: Path) -> str:
    """A compiler that has libFuzzer; Debian packs the two apart."""
    if CLANG is None:
        pytest.skip("no clang++ on this machine (Debian: apt install clang)")
    command = [CLANG, "-fsanitize=fuzzer,address,undefined", "-x", "c++", "-", "-o", str(tmp_path / "empty")]
    done = subprocess.run(command, input=EMPTY_TARGET, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{CLANG} has no libFuzzer (Debian: apt install libclang-rt-dev)")
    return CLANG


def test_no_body_breaks_the_parser(clang, cancer_model, tmp_path):
    program = build(clang, cancer_model / "compiled", tmp_path / "predict")
    seeds = write_seeds(cancer_model, tmp_path / "seeds")
    found = tmp_path / "found"
    found.mkdir()
    options = [f"{name}={value}" for name, value in OPTIONS.items()]
    done = subprocess.run(
        [str(program), *options, f"-artifact_prefix={tmp_path}/", str(found), str(seeds)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=FUZZ_S + 120,
        check=False,
    )
    # The last lines hold what a crash was, with its input.
    assert done.returncode == 0, done.stderr[-4000:]
    stats = [line for line in done.stderr.splitlines() if line.startswith("stat::")]
    print("\n".join([f"{len(list(seeds.iterdir()))} seeds, {len(list(found.iterdir()))} bodies found", *stats]))
    assert stats


def build(clang: str, compiled: Path, output: Path) -> Path:
    """The fuzzer, linked with a model."""
    options = {
        "CMAKE_BUILD_TYPE": "RelWithDebInfo",
        "CMAKE_CXX_COMPILER": clang,
        "CMAKE_C_COMPILER": clang.replace("clang++", "clang"),
        "SERVEBENCH_WERROR": "ON",
    }
    folder = SERVERS / "contract" / "fuzz"
    project = CMakeProject("fuzz", folder, (SERVERS / "contract" / "cpp",), options)
    project.build("predict", output, CACHE, linked={"SERVEBENCH_MODEL_DIR": compiled})
    return output


def write_seeds(model: Path, folder: Path) -> Path:
    """A file a body."""
    folder.mkdir()
    for number, body in enumerate(seed_bodies(read_lines(model / PAYLOADS)[0])):
        (folder / f"{number:03}").write_bytes(body)
    return folder


def seed_bodies(body: str) -> list[bytes]:
    """The bodies of the cases, and those of `make test-servers`."""
    values = json.loads(body)["features"]
    valid = ValidRow.of_numbers(values)
    templates = {exchange.body for case in load_cases() for exchange in case.exchanges if exchange.body is not None}
    written = [json.dumps(value) for value in values]
    return [
        *(valid.fill(template).encode() for template in sorted(templates) if OVERSIZED not in template),
        *(body_of([number.text, *written[1:]]) for number in NUMBERS),
        *(data for case in BODIES if len(data := case.make(written)) <= OPTIONS["-max_len"]),
    ]
