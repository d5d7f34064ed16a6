"""Packages of servers as the contract's tests run them."""

import json
from pathlib import Path

import pytest
import yaml
from servebench.build.server_manifest import HEALTH_PATH, load_server_manifest
from servebench.config import SystemDefinition
from servebench.paths import asked_folder
from servebench.protocol.description import SERVEBENCH
from servebench.trial.server import ServerLaunch
from servebench.words import BuilderKind, Contract, Inference

from support.packages import default_config, make_package, make_wire, system_definitions

# The article's servers and the config's, and one of each other way to be built and to keep the contract: the suite of
# every change must end soon. `make test-servers` examines all of them.
IN_EVERY_SUITE = frozenset({"beast", "crow", "fastapi", "flask", "go-net"})
# Every system of theirs that the config or a server's own folder names.
SYSTEMS = [name for name, definition in system_definitions().items() if definition.server in IN_EVERY_SUITE]
# Those whose servers promise the whole contract, one a server beside the config's: how it asks the model is another
# matter than how it speaks.
FULL = [
    name
    for name in SYSTEMS
    if load_server_manifest(system_definitions()[name].server).contract is Contract.FULL
    and (name == system_definitions()[name].server or name in default_config().system_catalogue)
    and system_definitions()[name].inference is not Inference.ONNX
]
# Those that CMake builds, with the contract's own sources.
CPP = [
    name
    for name, definition in system_definitions().items()
    if load_server_manifest(definition.server).builder is BuilderKind.CMAKE
]
CPP_IN_EVERY_SUITE = [name for name in SYSTEMS if name in CPP]


def examined_systems(name: str | None) -> list[str]:
    """What `make test-servers` examines: all systems of the named server, or that of the name, else one a server.

    How a server asks the model is another matter than how it speaks: its first system speaks for it.
    """
    if name is not None:
        found = [system for system, definition in system_definitions().items() if name in (system, definition.server)]
        if not found:
            raise pytest.UsageError(f"no server and no system is named {name}")
        return found
    first: dict[str, str] = {}
    for system, definition in system_definitions().items():
        if system == definition.server or definition.server not in first:
            first[definition.server] = system
    return sorted(first.values())


def built(system: str, model: Path, folder: Path) -> Path:
    """A package, or a skipped test with the reason."""
    manifest = make_package(system, model, folder)
    if manifest["status"] != "built":
        pytest.skip(f"{system}: {manifest['reason']}")
    return folder


def asked(system: str, model: Path) -> Path:
    """The model's folder with the golden answers of a system that is built."""
    return asked_folder(model, system_definitions()[system].inference)


def is_compiled(system: str) -> bool:
    """Whether a system asks the compiled model."""
    return system_definitions()[system].inference is Inference.COMPILED


def deviates(package: Path, beginning: str) -> bool:
    """Whether one of a package's declared deviations begins so."""
    return any(text.startswith(beginning) for text in json.loads((package / "manifest.json").read_text())["deviations"])


def parallelism_option(package: Path) -> str:
    """The option of a package's server that tells how many of it answer."""
    definition = json.loads((package / "manifest.json").read_text())["definition"]
    return SystemDefinition.model_validate(definition).parallelism_option


def launch(package: Path, parallelism: int = 1) -> ServerLaunch:
    """How a package is started."""
    path = json.loads((package / "manifest.json").read_text()).get("health_path", HEALTH_PATH)
    return ServerLaunch(package, parallelism_option(package), parallelism, None, 1, 60.0, path)


def write_server(folder: Path, **changes: object) -> None:
    """A server's folder with a server.yaml; `changes` are to one that reads."""
    manifest = {
        **{"title": "x", "language": "Go", "framework": "net/http", "builder": "none", "inference": ["compiled"]},
        **{"start": "./server --host {host} --port {port} --threads {threads}", **changes},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.yaml").write_text(yaml.safe_dump(manifest))


def wire_of(package: Path, model: Path, rows: int = 1) -> Path:
    """What is sent to a package of a model, with so many rows a request."""
    manifest = json.loads((package / "manifest.json").read_text())
    inference = Inference(manifest["definition"]["inference"])
    return make_wire(asked_folder(model, inference), manifest.get("protocol", SERVEBENCH), rows)


def use_servers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a folder of a test stand for servers/."""
    for module in ("server_manifest", "sources", "system", "request"):
        monkeypatch.setattr(f"servebench.build.{module}.SERVERS", folder)
    return folder
