"""The native generator: built by CMake like the C++ servers."""

import platform
from pathlib import Path

from servebench.build.cmake_project import CMakeProject
from servebench.build.request import Unavailable
from servebench.paths import REPOSITORY

EXECUTABLE = "loadgen"
PROJECT = CMakeProject(EXECUTABLE, REPOSITORY / "workflow" / "loadgen")


def build_native(folder: Path, cache: Path) -> dict[str, str]:
    """Compile the generator into `folder`; raises Unavailable where this machine cannot."""
    if platform.system() != "Linux":
        raise Unavailable(
            "the native generator needs Linux (epoll)", "use the generator locust: --config generators=[locust]"
        )
    return PROJECT.build(EXECUTABLE, folder / EXECUTABLE, cache)
