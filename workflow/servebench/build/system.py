"""Building one system: a folder that runs by itself, and a manifest that says so or why not."""

import shutil
from pathlib import Path
from typing import Any

from servebench.build.builders import BUILDERS
from servebench.build.request import BuildRequest, Unavailable
from servebench.build.server_manifest import fitting_manifest
from servebench.config import SystemDefinition
from servebench.files import read_json, sha256_file, write_json
from servebench.paths import MANIFEST, MODEL, SERVERS
from servebench.words import BuildStatus, Inference


def system_sources(name: str, system: SystemDefinition) -> list[Path]:
    """The files that a system is built from, its manifest included."""
    source = SERVERS / system.server
    return [source / "server.yaml", *BUILDERS[fitting_manifest(name, system).builder].source_files(source)]


def build_system(
    name: str, system: SystemDefinition, model: Path, compiled: Path, folder: Path, cache: Path
) -> dict[str, Any]:
    """Package a system; writes and returns manifest.json, whose status is `built` or `unavailable`."""
    server = fitting_manifest(name, system)
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
        "model_hash": read_json(model / MANIFEST)["sha256"][MODEL],
    }
    try:
        if system.inference is Inference.COMPILED:
            _require_compiled(compiled)
        details = BUILDERS[server.builder].build(request)
        manifest |= {"status": BuildStatus.BUILT, **details, **_contents(folder)}
    except Unavailable as reason:
        manifest |= reason.manifest
    write_json(folder / MANIFEST, manifest)
    return manifest


def _require_compiled(compiled: Path) -> None:
    manifest = read_json(compiled / MANIFEST)
    if manifest["status"] != BuildStatus.BUILT:
        raise Unavailable(manifest["reason"], manifest["remedy"], manifest.get("is_of_model", False))


def _contents(folder: Path) -> dict[str, Any]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "size_bytes": sum(path.stat().st_size for path in paths),
        "sha256": {str(path.relative_to(folder)): sha256_file(path) for path in paths},
    }
