"""The native generator: built by CMake like the C++ servers, kept by the hash of its sources."""

import platform
import shutil
from pathlib import Path

from servebench.build.cmake import compile_project, key_of, locked
from servebench.build.request import Unavailable
from servebench.paths import REPOSITORY

SOURCE = REPOSITORY / "workflow" / "loadgen"
EXECUTABLE = "loadgen"


def source_files() -> list[Path]:
    """The files that make the generator."""
    return [SOURCE / "CMakeLists.txt", *sorted((SOURCE / "src").iterdir())]


def build_native(folder: Path, cache: Path) -> dict[str, str]:
    """Compile the generator into `folder`; raises Unavailable where this machine cannot."""
    if platform.system() != "Linux":
        raise Unavailable(
            "the native generator needs Linux (epoll)", "use the generator locust: --config generators=[locust]"
        )
    build_folder = cache / "build" / f"loadgen-{key_of(SOURCE, source_files())[:16]}"
    with locked(build_folder):
        versions = compile_project(SOURCE, build_folder, EXECUTABLE, {}, [])
        shutil.copy2(build_folder / EXECUTABLE, folder / EXECUTABLE)
    return versions
