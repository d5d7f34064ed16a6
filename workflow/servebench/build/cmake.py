"""Building a C++ server with CMake; compilations are shared between models and studies."""

import fcntl
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import files, version
from pathlib import Path
from typing import Any

from servebench.build.request import BuildRequest, Unavailable, write_run_script
from servebench.build.toolchain import compiler_version, environment_tool, find_compiler
from servebench.files import sha256_parts
from servebench.paths import SERVERS

BUILD_TYPE = "Release"
NO_COMPILER_REMEDY = "install one (Debian: apt install g++, macOS: xcode-select --install), then `make retry`"


def build_cmake(request: BuildRequest) -> dict[str, Any]:
    """Configure, compile, link with the model, and copy the executable into the package."""
    compiler = find_compiler("c++")
    if compiler is None:
        raise Unavailable("no C++ compiler found (c++, g++ or clang++)", NO_COMPILER_REMEDY)
    compiler_line = compiler_version(compiler)
    key = _key(request.source, compiler_line)
    build_folder = request.cache / "build" / f"{request.system.server}-{key[:16]}"
    with _locked(build_folder):
        _configure(request, build_folder, compiler)
        _run(request, [environment_tool("cmake"), "--build", str(build_folder), "--target", "server"])
        shutil.copy2(build_folder / "server", request.folder / "server")
    write_run_script(request.folder, '"$here/server"')
    return {
        "versions": {"compiler": compiler_line, "boost": version("cmeel-boost"), "cmake": version("cmake")},
        "flags": [f"CMAKE_BUILD_TYPE={BUILD_TYPE}"],
    }


def boost_prefix() -> Path:
    """Where the Boost of PyPI stands, with its CMake package."""
    for file in files("cmeel-boost") or []:
        if file.name == "BoostConfig.cmake":
            return Path(str(file.locate())).resolve().parents[3]
    raise Unavailable("cmeel-boost holds no BoostConfig.cmake", "run `make clean-environment`, then `make`")


def source_files(source: Path) -> list[Path]:
    """The files that make the executable: the server's own and the contract's."""
    folders = (source, SERVERS / "contract" / "cpp")
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def _key(source: Path, compiler_line: str) -> str:
    parts = [compiler_line, BUILD_TYPE, version("cmeel-boost")]
    return sha256_parts([*parts, *(path.read_bytes() for path in source_files(source))])


@contextmanager
def _locked(build_folder: Path) -> Iterator[None]:
    """One build at a time in a folder that several models share."""
    build_folder.parent.mkdir(parents=True, exist_ok=True)
    with build_folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _configure(request: BuildRequest, build_folder: Path, compiler: str) -> None:
    command = [
        environment_tool("cmake"),
        *("-S", str(request.source.resolve()), "-B", str(build_folder), "-G", "Ninja"),
        f"-DCMAKE_MAKE_PROGRAM={environment_tool('ninja')}",
        f"-DCMAKE_CXX_COMPILER={compiler}",
        f"-DCMAKE_BUILD_TYPE={BUILD_TYPE}",
        f"-DCMAKE_PREFIX_PATH={boost_prefix()}",
        f"-DFETCHCONTENT_BASE_DIR={(request.cache / 'sources' / request.system.server).resolve()}",
        f"-DSERVEBENCH_MODEL_DIR={request.native.resolve()}",
    ]
    try:
        _run(request, command)
    except Unavailable:
        # A failed configuration must not be remembered: the remedy may have been followed by the next call.
        shutil.rmtree(build_folder, ignore_errors=True)
        raise


def _run(request: BuildRequest, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    print(f"$ {' '.join(command)}\n{output}", flush=True)
    if done.returncode == 0:
        return
    for known in request.manifest.unavailable:
        if re.search(known.pattern, output):
            raise Unavailable(known.reason, known.remedy)
    errors = [line.strip() for line in output.splitlines() if re.search(r"\b(error|Error)\b", line)]
    summary = errors[0] if errors else f"{command[0]} ended with code {done.returncode}"
    raise Unavailable(f"the build failed: {summary[:300]}", "see the build's log, mend it, then `make retry`")
