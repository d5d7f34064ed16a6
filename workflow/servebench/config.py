"""The configuration: its model, its validation and what is derived from it without looking at the machine."""

import ipaddress
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from servebench.config_words import (
    DECIMALS,
    describe_mistakes,
    place_of,
    suggest,
    with_present_names,
)
from servebench.endpoint import EndpointDefinition, is_endpoint
from servebench.errors import ServebenchError
from servebench.files import read_yaml
from servebench.generator.abilities import ABILITIES
from servebench.load_point import RATE_PATTERN, LoadPoint, load_points
from servebench.model.definition import MODEL_KEYS, ModelDefinition, with_named_file
from servebench.objective import Objective
from servebench.percentage import PERCENTAGE_PATTERN
from servebench.protocol.description import ProtocolName
from servebench.texts import HostName, LaunchWord, Line, Name, Value, Variable, visible
from servebench.thresholds import LOOKS, SMALLEST_EFFECT, SMALLEST_EFFECT_MEMORY
from servebench.words import GeneratorKind, Inference

Variables = dict[Variable, Value]
Arrivals = Literal["constant", "poisson"]
# Where every server listens and all load comes from, if a study names no other hosts.
LOOPBACK = "127.0.0.1"
LONGEST_SHOWN = 60
HOST_PLACE = "{host}"
# Without BatchMode it would ask for a password that nobody types.
SSH = ["ssh", "-o", "BatchMode=yes", HOST_PLACE]
Parallelism = Annotated[int, Field(ge=1, le=4096)] | Literal["cores", "all"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OfServer(_Strict):
    server: Name = Field(description="a folder in servers/")


def _is_empty(value: object) -> bool:
    return value is None


class SystemOptions(_Strict):
    """How a server is measured, as its own server.yaml may declare it."""

    inference: Inference = Field(description="how it asks the model")
    workers: Parallelism | None = Field(None, description="processes: a number, `cores` or `all`")
    threads: Parallelism | None = Field(None, description="threads: a number, `cores` or `all`")
    cores: Annotated[int, Field(ge=1)] | None = Field(
        None, description="CPUs for this system, instead of `server_cores`"
    )
    # Records of before know no such keys as these two: where they say nothing they are not written.
    protocol: ProtocolName | None = Field(
        None,
        exclude_if=_is_empty,
        description="how it is asked, a name in servers/protocols/; empty: as its server says",
    )
    environment: Variables | None = Field(
        None,
        exclude_if=_is_empty,
        description="variables of its environment beside the server's own, such as {MAX_BATCH_SIZE: '64'}; they win",
    )

    @model_validator(mode="after")
    def _one_parallelism(self) -> "SystemOptions":
        if self.workers is not None and self.threads is not None:
            raise ValueError("give either workers or threads")
        return self

    @property
    def parallelism_option(self) -> Literal["workers", "threads"]:
        """Which of both this system takes."""
        return "threads" if self.threads is not None else "workers"

    @property
    def parallelism(self) -> int | str:
        """Workers or threads, whichever this system takes; one worker where it says neither."""
        return self.threads or self.workers or 1


class SystemDefinition(SystemOptions, _OfServer):
    """A server with its options."""


def _system_kind(value: Any) -> str:
    return "EndpointDefinition" if is_endpoint(value) else "SystemDefinition"


# What is compared: a server that is started, or what runs already.
System = Annotated[
    Annotated[SystemDefinition, Tag("SystemDefinition")] | Annotated[EndpointDefinition, Tag("EndpointDefinition")],
    Discriminator(_system_kind),
]


def inference_of(system: SystemDefinition | EndpointDefinition) -> Inference | None:
    """How a system asks the model; None where that is not ours to know."""
    return system.inference if isinstance(system, SystemDefinition) else None


def parse_system(raw: Any) -> System:
    """A system from its plain values, which were valid before."""
    adapter: TypeAdapter[System] = TypeAdapter(System)
    return adapter.validate_python(raw)


class GeneratorDefinition(_Strict):
    """What sends the load, with its options; each kind reads its own."""

    kind: GeneratorKind = Field(description="which program sends the load")
    user_class: Literal["HttpUser", "FastHttpUser"] = Field(
        "FastHttpUser", description="locust: the class of its users"
    )
    processes: Annotated[int, Field(ge=1, le=256)] | Literal["cores"] = Field(
        1, description="locust: processes; a number, or `cores`: one a CPU of the generator"
    )
    threads: Annotated[int, Field(ge=1, le=256)] | Literal["cores"] = Field(
        1, description="native and wrk: threads; a number, or `cores`: one a CPU of the generator"
    )
    waiting: Literal["sleep", "spin"] = Field(
        "sleep", description="native: spin spares the time of waking, and burns its CPUs"
    )
    connections: Annotated[int, Field(ge=1, le=100_000)] = Field(
        64, description="open loop: connections, or paced users (locust)"
    )
    arrivals: Arrivals = Field(
        "constant",
        description="open loop: how requests are spaced; at an objective poisson, where the generator can",
    )

    @model_validator(mode="after")
    def _arrivals_are_known(self) -> "GeneratorDefinition":
        if self.arrivals == "poisson" and not ABILITIES[self.kind].has_poisson_arrivals:
            raise ValueError(f"{self.kind} spaces its requests evenly: arrivals must be constant")
        return self


Rate = Annotated[int, Field(ge=1, le=10_000_000)] | Annotated[str, Field(pattern=RATE_PATTERN)]


Percentage = Annotated[str, Field(pattern=PERCENTAGE_PATTERN)]
# The body's limit of 1 MiB holds no more, of the shortest rows that there are.
Rows = Annotated[int, Field(ge=1, le=300_000)]


class CellGroup(_Strict):
    """Further cells beside the full product of models, systems, generators and load points."""

    systems: Annotated[list[Name], Field(min_length=1, description="names as in the study's own `systems`")]
    generators: Annotated[list[Name], Field(min_length=1, description="names as in the study's own `generators`")]
    users: list[Annotated[int, Field(ge=1, le=100_000)]] = Field([], description="closed loop: numbers of users")
    rates: list[Rate] = Field([], description="open loop, as the study's own `rates`")
    rows: Annotated[list[Rows], Field(min_length=1)] = Field([1], description="rows a request")
    stand_ins: dict[Name, Name] = Field(
        {}, description="such as {beast: crow}: beast is measured here only where crow cannot be built"
    )

    @model_validator(mode="after")
    def _stand_ins_are_others(self) -> "CellGroup":
        for name, replaced in self.stand_ins.items():
            if replaced not in self.systems:
                raise ValueError(f"stand_ins: '{name}' stands in for '{replaced}', which is none of the systems here")
            if name in self.systems:
                raise ValueError(f"stand_ins: '{name}' is one of the systems here already")
        return self

    @property
    def load_points(self) -> list[LoadPoint]:
        """The load points, in their order."""
        return load_points(self.users, self.rates, self.rows)

    @property
    def every_system(self) -> list[str]:
        """The systems, then those that may stand in for one of them."""
        return [*self.systems, *self.stand_ins]


class Config(_Strict):
    """A study's configuration; every key is top-level, lists replace and catalogues merge."""

    study: Name = Field(description="name of the folder below results/")
    models: Annotated[list[Name], Field(min_length=1, description="names in `model_catalogue`")]
    systems: Annotated[list[Name], Field(min_length=1, description="names in `system_catalogue`, or a server's own")]
    generators: Annotated[list[Name], Field(min_length=1, description="names in `generator_catalogue`")]
    users: list[Annotated[int, Field(ge=1, le=100_000)]] = Field(description="closed loop: numbers of users")
    rates: list[Rate] = Field(
        [], description="open loop: requests a second, or a share of the system's own capacity such as '60%'"
    )
    rows: Annotated[list[Rows], Field(min_length=1)] = Field(
        [1], description="rows a request: each load point is measured with each of them"
    )
    objective: Line | None = Field(
        None, description="such as 'p99 <= 50 ms': each system's highest rate that keeps it is searched"
    )
    target_rps: list[Annotated[int, Field(ge=1)]] = Field(
        [], description="requests a second to be served: how many instances that takes at the objective"
    )
    headroom: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.3, description="share of an instance's capacity at the objective that is kept free"
    )
    price_per_cpu_hour: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="in any currency: what predictions cost is told beside the CPU that they use"
    )
    also: list[CellGroup] = Field([], description="further cells beside the full product of the lists above")
    repeats: Annotated[int, Field(ge=1, le=1000, description="trials of each cell, one in each block")]
    precision: Percentage | None = Field(
        None, description="wished half width of the intervals, such as '15%': it decides the repeats, 5, 15 or 40"
    )
    smallest_effect: Percentage = Field(
        f"{SMALLEST_EFFECT:.0%}", description="two systems that differ by less count as the same"
    )
    smallest_effect_memory: Percentage = Field(f"{SMALLEST_EFFECT_MEMORY:.0%}", description="the same, for memory")
    warmup_s: Annotated[float, Field(ge=0, le=3600, description="load before the window, which is not counted")]
    duration_s: Annotated[float, Field(ge=1, le=86400, description="the window of a trial")]
    think_time_s: Annotated[float, Field(ge=0, le=600)] = Field(
        0.0, description="closed loop: pause of a user between an answer and the next request"
    )
    timeout_s: Annotated[float, Field(gt=0, le=600)] = Field(10.0, description="of one request")
    start_timeout_s: Annotated[float, Field(gt=0, le=600)] = Field(60.0, description="from start to healthy")
    seed: Annotated[int, Field(ge=0)] = Field(1, description="of the models, the payloads and the order of the trials")
    decimals: Literal["data", "full"] = Field("data", description="of the payloads: as in the data set, or all")
    placement: Literal["pinned", "shared"] = Field(
        "pinned",
        description="`pinned`: server and generator on CPUs of their own; `shared`: wherever the kernel puts them",
    )
    server_cores: Annotated[int, Field(ge=1)] | None = Field(
        None, description="CPUs of the server; empty: a third of the machine's"
    )
    numeric_threads: Annotated[int, Field(ge=1)] = Field(
        1, description="BLAS and OpenMP threads of each server process"
    )
    load_hosts: Annotated[list[HostName], Field(max_length=64)] = Field(
        [],
        description="hosts that send the load, by the names that `load_host_command` knows; empty: this machine does",
    )
    load_host_command: Annotated[list[LaunchWord], Field(min_length=1, max_length=32)] = Field(
        [*SSH], description="how a command is started on a load host, as a list of words; `{host}` is its name"
    )
    server_address: str = Field(
        LOOPBACK, description="this machine's own IPv4 address that servers listen on and load hosts reach"
    )
    require: Literal["available", "all"] = Field(
        "available", description="`all`: a system that cannot be built is an error before any trial"
    )
    quiet: Literal["any", "required"] = Field(
        "any", description="`required`: a machine that others use is an error before anything is measured"
    )
    remeasure: bool = Field(False, description="allow changed settings to measure a study again")
    model_catalogue: dict[Name, ModelDefinition] = Field(description="what `models` may name")
    system_catalogue: dict[Name, System] = Field(
        description="what `systems` may name, beside the systems that a server.yaml declares"
    )
    generator_catalogue: dict[Name, GeneratorDefinition] = Field(description="what `generators` may name")

    @field_validator("precision", mode="before")
    @classmethod
    def _precision_is_no_word(cls, value: Any) -> Any:
        if value in DECIMALS:
            raise ValueError(f"'{value}' is the decimals of the payloads, now called so: write decimals={value}")
        return value

    @model_validator(mode="after")
    def _names_are_known(self) -> "Config":
        named: list[tuple[str, list[str], Any]] = [
            ("models", self.models, self.model_catalogue),
            ("systems", self.systems, self.system_catalogue),
            ("generators", self.generators, self.generator_catalogue),
        ]
        for index, group in enumerate(self.also):
            named.append((place_of(["also", index, "systems"]), group.systems, self.system_catalogue))
            named.append((place_of(["also", index, "stand_ins"]), [*group.stand_ins], self.system_catalogue))
            named.append((place_of(["also", index, "generators"]), group.generators, self.generator_catalogue))
            _refuse_repetition(place_of(["also", index, "rows"]), group.rows)
        for key, names, catalogue in named:
            for name in names:
                if name not in catalogue:
                    raise ValueError(f"{key}: unknown name '{name}'{suggest(name, catalogue)}")
            _refuse_repetition(key, names)
        _refuse_repetition("users", self.users)
        _refuse_repetition("rates", [rate.replace(" ", "") if isinstance(rate, str) else rate for rate in self.rates])
        _refuse_repetition("target_rps", self.target_rps)
        _refuse_repetition("rows", self.rows)
        if not self.users and not self.rates and not self.objective:
            raise ValueError("users and rates are both empty: give at least one load point, or an objective")
        return self

    @model_validator(mode="after")
    def _objective_is_one(self) -> "Config":
        if self.objective is not None:
            try:
                Objective.parse(self.objective)
            except ValueError as error:
                raise ValueError(f"objective: {error}") from None
        if self.target_rps and self.objective is None:
            raise ValueError("target_rps: how many instances are needed depends on an objective; give one")
        return self

    @field_validator("server_address")
    @classmethod
    def _server_address_is_one(cls, value: str) -> str:
        try:
            address = ipaddress.IPv4Address(value)
        except ValueError:
            raise ValueError(
                f"'{visible(value, LONGEST_SHOWN)}' is no IPv4 address: write it like 192.168.1.10"
            ) from None
        if address.is_unspecified or address.is_multicast:
            raise ValueError(f"'{value}' is no address of one interface: give the one that load hosts reach")
        return str(address)

    @model_validator(mode="after")
    def _load_hosts_reach_the_server(self) -> "Config":
        _refuse_repetition("load_hosts", self.load_hosts)
        if not self.load_hosts:
            return self
        if not any(HOST_PLACE in word for word in self.load_host_command):
            raise ValueError(f"load_host_command: one of its words must hold {HOST_PLACE}, the host's name")
        if ipaddress.IPv4Address(self.server_address).is_loopback:
            raise ValueError("server_address: load hosts do not reach the loopback address: give this machine's own")
        for name in self.every_system:
            system = self.system_catalogue[name]
            if isinstance(system, EndpointDefinition) and system.address.is_loopback:
                raise ValueError(f"system_catalogue.{name}.url: load hosts do not reach {system.url}")
        return self

    @model_validator(mode="after")
    def _generators_can(self) -> "Config":
        """What the load tools of others cannot do is refused before anything is measured."""
        groups = ((self.generators, self.load_points), *((group.generators, group.load_points) for group in self.also))
        for generators, asked in groups:
            for name in generators:
                self._generator_can(name, asked)
        return self

    def _generator_can(self, name: str, points: Sequence[LoadPoint]) -> None:
        kind = self.generator_catalogue[name].kind
        abilities = ABILITIES[kind]
        for point in points:
            if point.loop not in abilities.loops:
                known = ", ".join(sorted(abilities.loops))
                raise ValueError(f"generator '{name}' ({kind}) cannot send {point.label}; its loops: {known}")
        if self.duration_s % 1 and not abilities.has_fractions_of_seconds:
            raise ValueError(f"duration_s: generator '{name}' ({kind}) measures whole seconds")
        if self.think_time_s and not abilities.has_think_time:
            raise ValueError(f"think_time_s: generator '{name}' ({kind}) has no think time")

    @model_validator(mode="after")
    def _generators_speak_tls(self) -> "Config":
        """An endpoint behind https is measured by the generators that speak it, which its certificate is shown to."""
        groups = ((self.systems, self.generators), *((g.every_system, g.generators) for g in self.also))
        for systems, generators in groups:
            secret = [name for name in systems if _is_behind_tls(self.system_catalogue[name])]
            silent = [name for name in generators if not ABILITIES[self.generator_catalogue[name].kind].has_tls]
            if secret and silent:
                able = ", ".join(kind for kind, abilities in ABILITIES.items() if abilities.has_tls)
                raise ValueError(
                    f"system_catalogue.{secret[0]}.url: generator '{silent[0]}' speaks no https: "
                    f"measure it by one that does ({able}), or by a url with http"
                )
        return self

    @property
    def without_permission(self) -> "Config":
        """As a study keeps it: what was allowed for one call is none of its settings."""
        return self.model_copy(update={"remeasure": False})

    @property
    def planned_repeats(self) -> int:
        """The repeats that a study has trials of; with a wished precision those of the last look."""
        return self.repeats if self.precision is None else LOOKS[-1]

    @property
    def load_points(self) -> list[LoadPoint]:
        """The load points, in their order, without those of further cells."""
        return load_points(self.users, self.rates, self.rows, self.objective is not None)

    @property
    def every_rows(self) -> list[int]:
        """All numbers of rows a request of the study, further cells included, in their order."""
        return list(dict.fromkeys([*self.rows, *(number for group in self.also for number in group.rows)]))

    @property
    def every_system(self) -> list[str]:
        """All systems of the study, further cells included, in their order."""
        return list(dict.fromkeys([*self.systems, *(name for group in self.also for name in group.every_system)]))

    @property
    def every_generator(self) -> list[str]:
        """All generators of the study, further cells included, in their order."""
        return list(dict.fromkeys([*self.generators, *(name for group in self.also for name in group.generators)]))


def _is_behind_tls(system: System) -> bool:
    return isinstance(system, EndpointDefinition) and system.address.is_tls


def _refuse_repetition(key: str, values: Sequence[int | str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{key}: '{value}' is given twice; once is enough")


KNOWN_KEYS: dict[str, Iterable[str]] = {
    "": Config.model_fields,
    "also": CellGroup.model_fields,
    "model_catalogue": MODEL_KEYS,
    "system_catalogue": (*SystemDefinition.model_fields, *EndpointDefinition.model_fields),
    "generator_catalogue": GeneratorDefinition.model_fields,
}


def parse_config(raw: Any) -> Config:
    """Validate a merged configuration; raises ServebenchError, in one line, with all that is wrong."""
    raw = with_named_file(raw)
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        raise ServebenchError(f"config: {'; '.join(describe_mistakes(error, raw, KNOWN_KEYS))}") from None


def load_config(path: Path) -> Config:
    """Read a resolved configuration, such as a study's config.yaml, also one of before."""
    try:
        raw = read_yaml(path, "delete it and run the study again, which writes it anew")
    except (FileNotFoundError, NotADirectoryError):
        raise ServebenchError(f"{path} does not exist: is the study's name right?") from None
    return parse_config(with_present_names(raw))


def dump_config(config: Config) -> str:
    """The resolved configuration as YAML, stable to the byte."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
