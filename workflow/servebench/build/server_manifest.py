"""servers/<name>/server.yaml: what a server is, how it is built and started, and how much of the contract it keeps."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from servebench.build.start_command import MOST_PARALLEL, Placeholder, placeholders_of
from servebench.config import System, SystemDefinition, SystemOptions, Variables
from servebench.config_words import describe_mistakes
from servebench.endpoint import EndpointDefinition
from servebench.errors import ServebenchError
from servebench.files import read_yaml
from servebench.paths import SERVERS
from servebench.protocol.description import SERVEBENCH, ProtocolName, load_protocol
from servebench.texts import Command, Line, Name, UrlPath, UserFile, Word, require_name
from servebench.words import BuilderKind, Contract, Inference, RowsPerRequest

SERVER_YAML = "server.yaml"
HEALTH_PATH = "/healthz"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"this is no regular expression ({error})") from None
    return pattern


class UnavailableReason(_Strict):
    """A pattern in a failed build's output, and what it means to the user."""

    pattern: Annotated[Line, AfterValidator(_compiled)]
    reason: Line
    remedy: Line


class Tool(_Strict):
    """A program that must be on the PATH: the arguments that make it say its version, and how one gets it."""

    name: Word
    version: list[Line]
    remedy: Line


class Health(_Strict):
    """How a server says that it is ready: by 200 at this path."""

    path: UrlPath = HEALTH_PATH


class PlanFigures(_Strict):
    """What a plan expects of a server that is not like others of its builder, as it was measured."""

    environment_s: Annotated[float, Field(gt=0)] | None = Field(None, description="making its environment")
    build_s: Annotated[float, Field(gt=0)] | None = Field(None, description="its build, with what is kept")
    check_s: Annotated[float, Field(gt=0)] | None = Field(None, description="its check, with its start")
    made_again: Annotated[float, Field(ge=0)] | None = Field(
        None, description="how often a window of a quiet machine is made again, because the server disturbs itself"
    )


class ServerManifest(_Strict):
    """A server's description."""

    title: Line = Field(description="what it is, in a few words of people")
    language: Line
    framework: Line
    builder: BuilderKind
    inference: Annotated[list[Inference], Field(min_length=1)] = Field(description="how it can ask the model")
    start: Command = Field(description="the command that starts it, with placeholders such as {host} and {port}")
    environment: Variables = Field({}, description="variables of its environment; may hold placeholders")
    protocol: ProtocolName = Field(SERVEBENCH, description="how it is asked, a name in servers/protocols/")
    health: Health = Health()
    version: Command | None = Field(
        None, description="a command whose first line is the framework's version, where `packages` do not tell it"
    )
    start_s: Annotated[float, Field(gt=0)] | None = Field(
        None, description="what its start and end take, where that is longer than others of its builder: for the plan"
    )
    plan: PlanFigures = Field(
        default_factory=lambda: PlanFigures.model_validate({}),
        description="what a plan expects otherwise than of others, as measured",
    )
    packages: list[Word] = Field([], description="Python: packages whose versions are recorded")
    build: Command | None = Field(None, description="builder `command`: what the shell runs in the server's folder")
    tools: list[Tool] = Field([], description="what must be on the PATH to build or to start it")
    shares: list[UserFile] = Field(
        [], description="files or folders below servers/ that are packaged or compiled with its own"
    )
    systems: dict[Name, SystemOptions] = Field({}, description="its systems; the config's of the same name win")
    contract: Contract = Contract.FULL
    rows: RowsPerRequest = Field(RowsPerRequest.ONE, description='`many`: it also takes {"rows": [[..], ..]}')
    unavailable: list[UnavailableReason] = Field([], description="what known errors of its build mean to the user")
    deviations: list[Line] = Field(
        [], description="what it cannot keep of the contract, or does otherwise than the others: a sentence each"
    )
    excused_cases: list[Line] = Field([], description="contract `full`: the cases that it fails for such a reason")

    @property
    def placeholders(self) -> set[Placeholder]:
        """What its start leaves open."""
        return placeholders_of([self.start, *self.environment.values()])

    @property
    def parallelism(self) -> Literal["workers", "threads"]:
        """What it is given more of for more CPUs; one that takes neither has one worker."""
        return "threads" if Placeholder.THREADS in self.placeholders else "workers"

    @property
    def most_parallel(self) -> int:
        """The most workers or threads that it may be given."""
        is_given = self.placeholders & {Placeholder.THREADS, Placeholder.WORKERS}
        return MOST_PARALLEL if is_given else 1

    @model_validator(mode="after")
    def _build_is_given_where_it_is_run(self) -> "ServerManifest":
        if (self.builder is BuilderKind.COMMAND) != (self.build is not None):
            raise ValueError("`build` belongs to the builder `command`, and only to it")
        return self

    @model_validator(mode="after")
    def _start_can_be_filled_in(self) -> "ServerManifest":
        for needed in (Placeholder.HOST, Placeholder.PORT):
            if needed not in self.placeholders:
                raise ValueError(f"start: {{{needed}}} is missing: where is it to listen?")
        if {Placeholder.WORKERS, Placeholder.THREADS} <= self.placeholders:
            raise ValueError("start: take either {workers} or {threads}, and write the other as a number")
        early = placeholders_of([self.version or ""]) - {Placeholder.PACKAGE, Placeholder.PYTHON}
        if early:
            raise ValueError("version: it is asked of the package, so only {package} and {python} are known")
        return self

    @model_validator(mode="after")
    def _cases_are_excused_of_a_full_contract(self) -> "ServerManifest":
        if self.contract is Contract.MINIMAL and self.excused_cases:
            raise ValueError("excused_cases: a minimal contract needs none: its check finds what fails")
        return self


KNOWN_KEYS: dict[str, Iterable[str]] = {
    "": ServerManifest.model_fields,
    "systems": SystemOptions.model_fields,
    "health": Health.model_fields,
    "tools": Tool.model_fields,
    "unavailable": UnavailableReason.model_fields,
}


def known_servers() -> list[str]:
    """The names of the folders that hold a server; raises ServebenchError where one has no name to be called by."""
    names = sorted(path.parent.name for path in SERVERS.glob(f"*/{SERVER_YAML}"))
    return [require_name(f"a folder of servers/ with a {SERVER_YAML}", name) for name in names]


def load_server_manifest(name: str) -> ServerManifest:
    """Read a server's manifest; raises ServebenchError where there is none or it is wrong."""
    path = SERVERS / require_name("a server", name) / SERVER_YAML
    try:
        return _parsed(name, path, path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ServebenchError(f"no server '{name}' in servers/; there are: {', '.join(known_servers())}") from None


# A plan asks for it once a trial, and YAML takes milliseconds; what was changed meanwhile is read again.
@lru_cache(maxsize=256)
def _parsed(name: str, path: Path, _content: bytes) -> ServerManifest:
    raw: Any = read_yaml(path, "mend this line")
    try:
        return ServerManifest.model_validate(raw)
    except ValidationError as error:
        mistakes = "; ".join(describe_mistakes(error, raw, KNOWN_KEYS))
        raise ServebenchError(f"servers/{name}/{SERVER_YAML}: {mistakes}") from None


def protocol_of(system: System) -> str:
    """The name of the protocol that a system is asked by."""
    if isinstance(system, EndpointDefinition):
        return system.protocol
    return system.protocol or load_server_manifest(system.server).protocol


def health_path_of(system: SystemDefinition) -> str:
    """Where a system says that it is ready: as its server says, else as its protocol does."""
    manifest = load_server_manifest(system.server)
    if "health" in manifest.model_fields_set:
        return manifest.health.path
    return load_protocol(protocol_of(system)).health or manifest.health.path


def fitting_manifest(name: str, system: SystemDefinition) -> ServerManifest:
    """The manifest of a system's server; raises ServebenchError where the options do not fit it."""
    manifest = load_server_manifest(system.server)
    if system.inference not in manifest.inference:
        raise ServebenchError(
            f"system {name}: {system.server} has no inference '{system.inference}'; "
            f"it has: {', '.join(manifest.inference)}"
        )
    try:
        placeholders_of((system.environment or {}).values())
    except ValueError as error:
        raise ServebenchError(f"system {name}: environment: {error}") from None
    option = manifest.parallelism
    if getattr(system, option) is None and (manifest.most_parallel > 1 or system.threads is not None):
        amount = "cores" if manifest.most_parallel > 1 else "1"
        raise ServebenchError(f"system {name}: {system.server} takes {option}: give it `{option}: {amount}`")
    if manifest.most_parallel == 1 and system.parallelism != 1:
        raise ServebenchError(
            f"system {name}: the start command of {system.server} takes neither {{workers}} nor {{threads}}: "
            "give the system `workers: 1`, or name one there"
        )
    return manifest
