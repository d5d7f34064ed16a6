"""C++ servers built with a sanitizer, once for all checkouts that share a cache."""

from pathlib import Path

import pytest
from servebench.build.cmake import server_project
from servebench.build.request import Unavailable
from servebench.paths import CACHE, SERVERS

from support.packages import make_package


def build_sanitized(server: str, sanitizers: str, model: Path, package: Path) -> Path:
    """A package whose executable is built with `sanitizers`; skips where the framework is not there."""
    manifest = make_package(server, model, package)
    if manifest["status"] != "built":
        pytest.skip(str(manifest["reason"]))
    definitions = {
        "CMAKE_BUILD_TYPE": "Debug",
        # Lines of a trace are enough, and compile faster.
        "CMAKE_CXX_FLAGS_DEBUG": "-g1",
        "SERVEBENCH_SANITIZE": sanitizers,
        "SERVEBENCH_WERROR": "ON",
    }
    project = server_project(SERVERS / server, definitions)
    try:
        project.build("server", package / "server", CACHE, linked={"SERVEBENCH_MODEL_DIR": model / "compiled"})
    except Unavailable as reason:
        pytest.fail(f"{server} with {sanitizers}: {reason.reason}")
    return package
