"""Building C++ with CMake; compilations are shared between models and studies."""

import fcntl
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import files, version
from pathlib import Path
from typing import Any

from servebench.build.request import BuildRequest, Unavailable, write_run_script
from servebench.build.server_manifest import UnavailableReason
from servebench.build.toolchain import NO_COMPILER_REMEDY, compiler_version, environment_tool, find_compiler
from servebench.files import sha256_parts
from servebench.paths import SERVERS

BUILD_TYPE = "Release"


def build_cmake(request: BuildRequest) -> dict[str, Any]:
    """Configure, compile, link a server with the model, and copy the executable into the package."""
    build_folder = (
        request.cache / "build" / f"{request.system.server}-{key_of(request.source, source_files(request.source))[:16]}"
    )
    definitions = {
        "FETCHCONTENT_BASE_DIR": str((request.cache / "sources" / request.system.server).resolve()),
        "SERVEBENCH_MODEL_DIR": str(request.compiled.resolve()),
    }
    with locked(build_folder):
        versions = compile_project(request.source, build_folder, "server", definitions, request.manifest.unavailable)
        shutil.copy2(build_folder / "server", request.folder / "server")
    write_run_script(request.folder, '"$here/server"')
    return {"versions": versions, "flags": [f"CMAKE_BUILD_TYPE={BUILD_TYPE}"]}


def boost_prefix() -> Path:
    """Where the Boost of PyPI stands, with its CMake package."""
    for file in files("cmeel-boost") or []:
        if file.name == "BoostConfig.cmake":
            return Path(str(file.locate())).resolve().parents[3]
    raise Unavailable("cmeel-boost holds no BoostConfig.cmake", "run `make clean-environment`, then `make`")


def source_files(source: Path) -> list[Path]:
    """The files that make a server: its own and the contract's."""
    folders = (source, SERVERS / "contract" / "cpp")
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def key_of(root: Path, sources: Sequence[Path]) -> str:
    """What a compilation depends on, as one hash; raises Unavailable without a compiler.

    The folder of the sources is part of it: CMake refuses a build folder that was made for another one.
    """
    parts = [compiler_version(_compiler()), BUILD_TYPE, version("cmeel-boost"), str(root.resolve())]
    return sha256_parts([*parts, *(path.read_bytes() for path in sources)])


def _compiler() -> str:
    compiler = find_compiler("c++")
    if compiler is None:
        raise Unavailable("no C++ compiler found (c++, g++ or clang++)", NO_COMPILER_REMEDY)
    return compiler


@contextmanager
def locked(build_folder: Path) -> Iterator[None]:
    """One build at a time in a folder that several models share."""
    build_folder.parent.mkdir(parents=True, exist_ok=True)
    with build_folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def compile_project(
    source: Path,
    build_folder: Path,
    target: str,
    definitions: Mapping[str, str],
    known_failures: Sequence[UnavailableReason],
) -> dict[str, str]:
    """Configure and build one target; returns the versions of what built it.

    Raises Unavailable with the reason and the remedy, those of `known_failures` where one fits.
    """
    compiler = _compiler()
    all_definitions = {
        "CMAKE_MAKE_PROGRAM": environment_tool("ninja"),
        "CMAKE_CXX_COMPILER": compiler,
        "CMAKE_BUILD_TYPE": BUILD_TYPE,
        "CMAKE_PREFIX_PATH": str(boost_prefix()),
        **definitions,
    }
    cmake = environment_tool("cmake")
    configure = [cmake, "-S", str(source.resolve()), "-B", str(build_folder), "-G", "Ninja"]
    try:
        _run([*configure, *(f"-D{name}={value}" for name, value in all_definitions.items())], known_failures)
    except Unavailable:
        # A failed configuration must not be remembered: the remedy may have been followed by the next call.
        shutil.rmtree(build_folder, ignore_errors=True)
        raise
    _run([cmake, "--build", str(build_folder), "--target", target], known_failures)
    return {"compiler": compiler_version(compiler), "boost": version("cmeel-boost"), "cmake": version("cmake")}


def _run(command: list[str], known_failures: Sequence[UnavailableReason]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    print(f"$ {' '.join(command)}\n{output}", flush=True)
    if done.returncode == 0:
        return
    for known in known_failures:
        if re.search(known.pattern, output):
            raise Unavailable(known.reason, known.remedy)
    errors = [line.strip() for line in output.splitlines() if re.search(r"\b(error|Error)\b", line)]
    summary = errors[0] if errors else f"{command[0]} ended with code {done.returncode}"
    raise Unavailable(f"the build failed: {summary[:300]}", "see the build's log, mend it, then `make retry`")
