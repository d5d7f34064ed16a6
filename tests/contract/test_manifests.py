"""The manifests of the servers, and the contract's limits wherever they stand."""

import ast
import re

import pytest
from pydantic import ValidationError
from servebench.build.server_manifest import ServerManifest, known_servers, load_server_manifest
from servebench.check.contract import load_cases
from servebench.check.valid_row import BODY_LIMIT_BYTES
from servebench.model.contract import BEYOND_FLOAT32
from servebench.paths import SERVERS

SENTENCE_WITH_SOURCE = re.compile(r"[A-Z].*\(\S.*\)\.")


@pytest.mark.parametrize("name", known_servers())
def test_a_deviation_is_a_sentence_that_tells_its_source(name):
    for deviation in load_server_manifest(name).deviations:
        assert SENTENCE_WITH_SOURCE.fullmatch(deviation), deviation


@pytest.mark.parametrize("name", known_servers())
def test_an_excused_case_is_a_case_and_comes_with_a_deviation(name):
    manifest = load_server_manifest(name)
    assert set(manifest.excused_cases) <= {case.name for case in load_cases()}
    assert len(set(manifest.excused_cases)) == len(manifest.excused_cases)
    assert manifest.deviations or not manifest.excused_cases


def test_a_manifest_with_an_unknown_key_is_refused():
    known = load_server_manifest("beast").model_dump()
    with pytest.raises(ValidationError, match="deviation"):
        ServerManifest.model_validate({**known, "deviation": []})


def python_limits() -> dict[str, float]:
    """The constants of servers/fastapi/limits.py."""
    text = (SERVERS / "fastapi" / "limits.py").read_text()
    found = re.findall(r"^([A-Z0-9_]+) = ([\d*. -]+)$", text, re.MULTILINE)
    return {name: float(eval(compile(ast.parse(value, mode="eval"), name, "eval"))) for name, value in found}


def cpp_limits() -> dict[str, float]:
    """The constants of the C++ servers' api.hpp."""
    text = (SERVERS / "contract" / "cpp" / "include" / "servebench" / "api.hpp").read_text()
    whole = dict(re.findall(r"(\w+_limit_bytes) = ([\d* ]+);", text))
    limits = {name: float(eval(value)) for name, value in whole.items()}
    idle = re.search(r"idle_timeout\{(\d+)\}", text)
    beyond = re.search(r"beyond_float32 = 0x1\.ffffffp127;", text)
    assert idle
    assert beyond
    return limits | {"idle_timeout_s": float(idle[1]), "beyond_float32": float.fromhex("0x1.ffffffp127")}


def test_all_servers_have_the_same_limits():
    python, cpp = python_limits(), cpp_limits()
    assert python["BODY_LIMIT_BYTES"] == cpp["body_limit_bytes"] == BODY_LIMIT_BYTES
    assert python["IDLE_TIMEOUT_S"] == cpp["idle_timeout_s"]
    assert python["BEYOND_FLOAT32"] == cpp["beyond_float32"] == BEYOND_FLOAT32


def test_the_contract_tells_its_limits():
    text = (SERVERS / "contract" / "README.md").read_text()
    cpp = cpp_limits()
    assert f"{cpp['idle_timeout_s']:.0f} s" in text
    assert f"{cpp['header_limit_bytes'] / 1024:.0f} KiB" in text
    assert f"{BODY_LIMIT_BYTES / 1024**2:.0f} MiB" in text
