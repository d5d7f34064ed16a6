"""Building a C++ server with CMake: compiled once, linked with each model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servebench.build.builder import Builder
from servebench.build.cmake_project import DEFAULT_OPTIONS, CMakeProject
from servebench.build.request import BuildRequest, write_run_script
from servebench.paths import SERVER_EXECUTABLE, SERVERS


def server_project(source: Path, options: Mapping[str, str] = DEFAULT_OPTIONS) -> CMakeProject:
    """A C++ server's sources with the contract's."""
    return CMakeProject(source.name, source, (SERVERS / "contract" / "cpp",), options)


def _source_files(source: Path) -> list[Path]:
    return server_project(source).source_files()


def _build(request: BuildRequest) -> dict[str, Any]:
    """Compile, link with the model, and put the executable into the package."""
    versions = server_project(request.source).build(
        SERVER_EXECUTABLE,
        request.folder / SERVER_EXECUTABLE,
        request.cache,
        places={"FETCHCONTENT_BASE_DIR": request.cache / "sources" / request.source.name},
        linked={"SERVEBENCH_MODEL_DIR": request.compiled},
        known_failures=request.manifest.unavailable,
    )
    write_run_script(request.folder, f'"$here/{SERVER_EXECUTABLE}"')
    return {"versions": versions, "flags": [f"{name}={value}" for name, value in DEFAULT_OPTIONS.items()]}


CMAKE = Builder(build_s=30.0, trial_overhead_s=1.0, source_files=_source_files, build=_build)
