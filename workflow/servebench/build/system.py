"""Building one system: a folder that runs by itself, and a manifest that says so or why not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from servebench.build.cmake import build_cmake
from servebench.build.cmake import source_files as cmake_source_files
from servebench.build.python import build_python
from servebench.build.python import source_files as python_source_files
from servebench.build.request import BuildRequest, Unavailable
from servebench.build.server_manifest import check_system
from servebench.config import SystemDefinition
from servebench.files import read_json, sha256_file, write_json
from servebench.paths import SERVERS

BUILDERS: dict[str, Callable[[BuildRequest], dict[str, Any]]] = {"python": build_python, "cmake": build_cmake}
SOURCE_FILES: dict[str, Callable[[Path], list[Path]]] = {
    "python": python_source_files,
    "cmake": cmake_source_files,
}


def source_files(name: str, system: SystemDefinition) -> list[Path]:
    """The sources that a system is built from, its manifest included."""
    source = SERVERS / system.server
    return [source / "server.yaml", *SOURCE_FILES[check_system(name, system).builder](source)]


def build_system(
    name: str, system: SystemDefinition, model: Path, compiled: Path, folder: Path, cache: Path
) -> dict[str, Any]:
    """Package a system; writes and returns manifest.json, whose status is `built` or `unavailable`."""
    server = check_system(name, system)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    request = BuildRequest(system, server, model, compiled, folder, cache)
    manifest: dict[str, Any] = {
        "system": name,
        "definition": system.model_dump(mode="json"),
        "server": server.name,
        "language": server.language,
        "framework": server.framework,
        "deviations": server.deviations,
        "excused_cases": server.excused_cases,
        "model_hash": read_json(model / "manifest.json")["sha256"]["model.joblib"],
    }
    try:
        if system.inference == "compiled":
            _require_compiled(compiled)
        details = BUILDERS[server.builder](request)
        manifest |= {"status": "built", **details, **_contents(folder)}
    except Unavailable as reason:
        manifest |= {"status": "unavailable", "reason": reason.reason, "remedy": reason.remedy}
    write_json(folder / "manifest.json", manifest)
    return manifest


def _require_compiled(compiled: Path) -> None:
    manifest = read_json(compiled / "manifest.json")
    if manifest["status"] != "built":
        raise Unavailable(manifest["reason"], manifest["remedy"])


def _contents(folder: Path) -> dict[str, Any]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "size_bytes": sum(path.stat().st_size for path in paths),
        "sha256": {str(path.relative_to(folder)): sha256_file(path) for path in paths},
    }
