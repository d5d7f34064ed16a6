"""The generators: a kind in the config, how it is built, the processes that it takes and how one is started.

What each kind can stands in `abilities.py`, which the config is checked against.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from servebench.config import GeneratorDefinition
from servebench.generator import native
from servebench.generator.tools import TOOLS
from servebench.words import GeneratorKind

LOCUST_PROCESS = "servebench.generator.locust_process"
TOOL_PROCESS = "servebench.generator.tool_process"


@dataclass(frozen=True)
class Seat:
    """Where a generator sits: its CPUs, the connections that it holds, and whether it may burn a CPU by spinning."""

    cpus: int
    connections: int
    may_spin: bool


@dataclass(frozen=True)
class Generator:
    """How a kind of generator is built and run.

    `sources` are the files that it is compiled from, `module` is our program that it runs in. `build` fills a folder
    and returns versions, or raises Unavailable; `processes` takes the number of CPUs that the generator has; one
    thread of it can use one CPU.
    """

    sources: Callable[[], list[Path]]
    module: str | None
    build: Callable[[Path, Path], dict[str, str]]
    command: Callable[[Path, str], list[str]]
    processes: Callable[[GeneratorDefinition, int], int]
    options: Callable[[GeneratorDefinition, Seat], dict[str, Any]]


def _nothing() -> list[Path]:
    return []


def _one_process(_definition: GeneratorDefinition, _cpus: int) -> int:
    return 1


def _count(asked: int | str, cpus: int) -> int:
    return asked if isinstance(asked, int) else cpus


def _threads(definition: GeneratorDefinition, seat: Seat) -> int:
    """At most one thread a connection."""
    return min(_count(definition.threads, seat.cpus), seat.connections)


def _locust() -> Generator:
    return Generator(
        sources=_nothing,
        module=LOCUST_PROCESS,
        build=lambda _folder, _cache: {name: version(name) for name in ("locust", "gevent")},
        command=lambda _folder, specification: [*(sys.executable, "-m", LOCUST_PROCESS, specification)],
        processes=lambda definition, cpus: _count(definition.processes, cpus),
        options=lambda definition, _seat: {"user_class": definition.user_class},
    )


def _native() -> Generator:
    return Generator(
        sources=native.PROJECT.source_files,
        module=None,
        build=native.build_native,
        command=lambda folder, specification: [str((folder / native.EXECUTABLE).resolve()), specification],
        processes=_one_process,
        options=lambda definition, seat: {
            "threads": _threads(definition, seat),
            "spins": definition.waiting == "spin" and seat.may_spin,
        },
    )


def _tool(kind: GeneratorKind, options: Callable[[GeneratorDefinition, Seat], dict[str, Any]]) -> Generator:
    """A tool of others, behind `tool_process.py`."""
    module = TOOLS[kind]
    return Generator(
        sources=_nothing,
        module=TOOL_PROCESS,
        build=lambda _folder, _cache: dict(module.find()),
        command=lambda _folder, specification: [*(sys.executable, "-m", TOOL_PROCESS, kind, specification)],
        processes=_one_process,
        options=options,
    )


GENERATORS: dict[GeneratorKind, Generator] = {
    GeneratorKind.LOCUST: _locust(),
    GeneratorKind.NATIVE: _native(),
    GeneratorKind.WRK: _tool(GeneratorKind.WRK, lambda definition, seat: {"threads": _threads(definition, seat)}),
    GeneratorKind.OHA: _tool(GeneratorKind.OHA, lambda _definition, _seat: {}),
}
