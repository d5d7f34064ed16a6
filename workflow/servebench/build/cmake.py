"""Building a C++ server with CMake: compiled once, linked with each model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from servebench.build.builder import Builder, Built
from servebench.build.cmake_project import DEFAULT_OPTIONS, CMakeProject
from servebench.build.request import BuildRequest
from servebench.build.server_manifest import UnavailableReason, load_server_manifest
from servebench.build.sources import shared_files
from servebench.compiled.stand_in import compile_stand_in
from servebench.paths import SERVER_EXECUTABLE, SERVERS


def server_project(source: Path, options: Mapping[str, str] = DEFAULT_OPTIONS) -> CMakeProject:
    """A C++ server's sources with those that it shares and the contract's."""
    shared = shared_files(source.name, load_server_manifest(source.name))
    return CMakeProject(source.name, source, (SERVERS / "contract" / "cpp", *shared), options)


def _source_files(source: Path) -> list[Path]:
    return server_project(source).source_files()


def _build(request: BuildRequest) -> Built:
    """Compile, link with the model, and put the executable into the package."""
    versions = _compile(request.source, request.compiled, request.manifest.unavailable, request.cache, request.folder)
    return Built(versions, [f"{name}={value}" for name, value in DEFAULT_OPTIONS.items()])


def _precompile(source: Path, known_failures: Sequence[UnavailableReason], cache: Path, scratch: Path) -> None:
    """Compile and link with the library that stands in for a model's."""
    compile_stand_in(scratch)
    _compile(source, scratch, known_failures, cache, scratch)


def _compile(
    source: Path, compiled: Path, known_failures: Sequence[UnavailableReason], cache: Path, folder: Path
) -> dict[str, str]:
    return server_project(source).build(
        SERVER_EXECUTABLE,
        folder / SERVER_EXECUTABLE,
        cache,
        places={"FETCHCONTENT_BASE_DIR": cache / "sources" / source.name},
        linked={"SERVEBENCH_MODEL_DIR": compiled},
        known_failures=known_failures,
    )


CMAKE = Builder(start_s=0.2, source_files=_source_files, build=_build, precompile=_precompile)
