"""C++ servers built with a sanitizer, once for all sessions of a checkout."""

import subprocess
from pathlib import Path

import pytest
from servebench.build.cmake import boost_prefix, locked
from servebench.build.toolchain import environment_tool
from servebench.files import sha256_parts
from servebench.paths import CACHE, SERVERS

from support.packages import make_package


def build_sanitized(server: str, sanitizers: str, model: Path, package: Path) -> Path:
    """A package whose executable is built with `sanitizers`; skips where the framework is not there."""
    key = sha256_parts([server, sanitizers, str(SERVERS)])[:16]
    build = CACHE / "sanitized" / key
    with locked(build):
        _run(
            *(environment_tool("cmake"), "-S", str(SERVERS / server), "-B", str(build), "-G", "Ninja"),
            f"-DCMAKE_MAKE_PROGRAM={environment_tool('ninja')}",
            f"-DCMAKE_PREFIX_PATH={boost_prefix()}",
            f"-DFETCHCONTENT_BASE_DIR={(CACHE / 'sources' / server).resolve()}",
            f"-DSERVEBENCH_MODEL_DIR={model / 'compiled'}",
            "-DCMAKE_BUILD_TYPE=Debug",
            # Lines of a trace are enough, and compile faster.
            "-DCMAKE_CXX_FLAGS_DEBUG=-g1",
            f"-DSERVEBENCH_SANITIZE={sanitizers}",
            "-DSERVEBENCH_WERROR=ON",
        )
        _run(environment_tool("cmake"), "--build", str(build), "--target", "server")
        make_package(server, model, package)
        (package / "server").write_bytes((build / "server").read_bytes())
    return package


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    if "downloading https://" in output:
        pytest.skip(f"the release could not be downloaded: {output.splitlines()[-1]}")
    assert done.returncode == 0, output
