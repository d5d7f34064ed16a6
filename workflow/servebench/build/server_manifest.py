"""servers/<name>/server.yaml: what a server is and how it is built."""

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

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


class Tool(BaseModel):
    """A program that must be on the PATH: the arguments that make it say its version, and how one gets it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    version: list[str]
    remedy: str


class BuildCommand(BaseModel):
    """What the builder `command` runs; servebench/build/command.py says what `build` finds and leaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    build: str
    tools: list[Tool] = []


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
    command: BuildCommand | None = None
    unavailable: list[UnavailableReason] = []
    # What its framework cannot keep of the contract, or does otherwise than the other servers: a sentence each.
    deviations: list[str] = []
    # The contract's cases that it fails for such a reason.
    excused_cases: list[str] = []

    @model_validator(mode="after")
    def _command_is_given_where_it_is_run(self) -> "ServerManifest":
        if (self.builder is BuilderKind.COMMAND) != (self.command is not None):
            raise ValueError("`command` belongs to the builder `command`, and only to it")
        return self


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
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ServebenchError(f"{path}: {place}: {first['msg']}" if place else f"{path}: {first['msg']}") from None


def fitting_manifest(name: str, system: SystemDefinition) -> ServerManifest:
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
