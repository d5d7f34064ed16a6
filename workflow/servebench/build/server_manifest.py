"""servers/<name>/server.yaml: what a server is and how it is built."""

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from servebench.config import SystemDefinition
from servebench.errors import ServebenchError
from servebench.paths import SERVERS
from servebench.words import BuilderKind, Inference


class UnavailableReason(BaseModel):
    """A pattern in a failed build's output, and what it means to the user."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    pattern: str
    reason: str
    remedy: str


class ServerManifest(BaseModel):
    """A server's description."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    language: str
    framework: str
    builder: BuilderKind
    inference: list[Inference]
    parallelism: Literal["workers", "threads"]
    packages: list[str] = []
    unavailable: list[UnavailableReason] = []
    # What its framework cannot keep of the contract, or does otherwise than the other servers: a sentence each.
    deviations: list[str] = []
    # The contract's cases that it fails for such a reason.
    excused_cases: list[str] = []


def known_servers() -> list[str]:
    """The names of the folders that hold a server."""
    return sorted(path.parent.name for path in SERVERS.glob("*/server.yaml"))


def load_server_manifest(name: str) -> ServerManifest:
    """Read a server's manifest; raises ServebenchError where there is none or it is wrong."""
    path = SERVERS / name / "server.yaml"
    if not path.exists():
        raise ServebenchError(f"no server '{name}' in servers/; there are: {', '.join(known_servers())}")
    try:
        return ServerManifest.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ServebenchError(f"{path}: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}") from None


def check_system(name: str, system: SystemDefinition) -> ServerManifest:
    """The manifest of a system's server; raises ServebenchError where the options do not fit it."""
    manifest = load_server_manifest(system.server)
    if system.inference not in manifest.inference:
        raise ServebenchError(
            f"system {name}: {system.server} has no inference '{system.inference}'; "
            f"it has: {', '.join(manifest.inference)}"
        )
    if getattr(system, manifest.parallelism) is None:
        raise ServebenchError(f"system {name}: {system.server} takes {manifest.parallelism}")
    return manifest
