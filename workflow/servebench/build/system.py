"""Building one system: a folder that runs by itself, and a manifest that says so or why not."""

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from servebench.build.builder import Built
from servebench.build.builders import BUILDERS
from servebench.build.endpoint import describe_endpoint
from servebench.build.request import BuildRequest, Unavailable
from servebench.build.server_manifest import SERVER_YAML, fitting_manifest, health_path_of, protocol_of
from servebench.build.sources import shared_files
from servebench.build.start_command import Placeholder, shell_command, write_run_script
from servebench.build.tools import said_version, tool_versions
from servebench.compiled.library import SHARED_LIBRARY
from servebench.config import System
from servebench.endpoint import EndpointDefinition
from servebench.files import read_json, sha256_file, write_json
from servebench.hashes import write_hashes
from servebench.onnx.only import require_taken
from servebench.paths import MANIFEST, MODEL, ONNX_MODEL, SERVERS
from servebench.words import BuildStatus, Inference


def system_sources(name: str, system: System) -> list[Path]:
    """The files that a system is built from, its manifest included; an endpoint has none."""
    if isinstance(system, EndpointDefinition):
        return []
    source = SERVERS / system.server
    manifest = fitting_manifest(name, system)
    own = BUILDERS[manifest.builder].source_files(source)
    return list(dict.fromkeys([source / SERVER_YAML, *own, *shared_files(system.server, manifest)]))


def build_system(name: str, system: System, model: Path, compiled: Path, folder: Path, cache: Path) -> dict[str, Any]:
    """Package a system; writes and returns manifest.json, whose status is `built` or `unavailable`."""
    if isinstance(system, EndpointDefinition):
        return describe_endpoint(name, system, model, folder)
    server = fitting_manifest(name, system)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    request = BuildRequest(system, server, model, compiled, folder, cache)
    manifest: dict[str, Any] = {
        "system": name,
        "definition": system.model_dump(mode="json"),
        "server": system.server,
        "title": server.title,
        "language": server.language,
        "framework": server.framework,
        "contract": server.contract,
        "rows": server.rows,
        "protocol": protocol_of(system),
        "health_path": health_path_of(system),
        "deviations": server.deviations,
        "excused_cases": server.excused_cases,
        "model_hash": read_json(model / MANIFEST)["sha256"][MODEL],
    }
    try:
        _require_model(request)
        built = _build(request)
        manifest |= {
            "status": BuildStatus.BUILT,
            "versions": built.versions | _versions_of_model(request),
            "flags": built.flags,
            "interpreter": built.python,
            **_contents(folder),
        }
    except Unavailable as reason:
        manifest |= reason.manifest
    write_json(folder / MANIFEST, manifest)
    write_hashes(folder, [MANIFEST, *_own_files(manifest)])
    return manifest


def _require_model(request: BuildRequest) -> None:
    """Raise Unavailable where the inference has no model to ask."""
    require_taken(read_json(request.model / MANIFEST), request.system.inference)
    if request.system.inference is Inference.COMPILED:
        _require_made(request.compiled)
    if request.system.inference is Inference.ONNX:
        _require_made(request.onnx)


def _versions_of_model(request: BuildRequest) -> dict[str, str]:
    """What made the model that the inference asks, and reads it, beyond the server's own packages."""
    is_onnx = request.system.inference is Inference.ONNX
    return dict(read_json(request.onnx / MANIFEST)["packages"]) if is_onnx else {}


def _require_made(folder: Path) -> None:
    manifest = read_json(folder / MANIFEST)
    if manifest["status"] != BuildStatus.BUILT:
        raise Unavailable(manifest["reason"], manifest["remedy"], manifest.get("is_of_model", False))


def _build(request: BuildRequest) -> Built:
    """What the builder makes, then the model where the start asks for it, ./run, and the version that it tells."""
    server = request.manifest
    versions = tool_versions(server.tools)
    built = BUILDERS[server.builder].build(request)
    if Placeholder.MODEL in server.placeholders:
        _put_model(request)
    values = {
        Placeholder.INFERENCE: shlex.quote(request.system.inference),
        Placeholder.PYTHON: shlex.quote(built.python),
    }
    environment = {**server.environment, **(request.system.environment or {})}
    write_run_script(request.folder, server.start, environment, server.parallelism, server.most_parallel, values)
    if server.version is not None:
        versions[server.framework] = _said_version(server.version, request.folder, values)
    return replace(built, versions=versions | built.versions)


def _put_model(request: BuildRequest) -> None:
    """Put into the package, as `model/`, what a server reads: the estimator or ONNX with its manifest, or a library."""
    origin, names = {
        Inference.SKLEARN: (request.model, (MODEL, MANIFEST)),
        Inference.COMPILED: (request.compiled, (SHARED_LIBRARY,)),
        Inference.ONNX: (request.onnx, (ONNX_MODEL, MANIFEST)),
    }[request.system.inference]
    folder = request.folder / "model"
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copy2(origin / name, folder / name)


def _said_version(command: str, folder: Path, values: Mapping[Placeholder, str]) -> str:
    return said_version(shell_command(command, {Placeholder.PACKAGE: '"$PWD"', **values}), folder)


def _own_files(manifest: Mapping[str, Any]) -> list[str]:
    """What of a package is never written again; Python may write its caches anew."""
    return [name for name in manifest.get("sha256", {}) if "__pycache__" not in name]


def _contents(folder: Path) -> dict[str, Any]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "size_bytes": sum(path.stat().st_size for path in paths),
        "sha256": {str(path.relative_to(folder)): sha256_file(path) for path in paths},
    }
