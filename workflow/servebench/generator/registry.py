"""The generators: a kind in the config, how it is built, the processes that it takes and how one is started."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from servebench.config import GeneratorDefinition
from servebench.generator import oha, wrk
from servebench.generator.native import EXECUTABLE, build_native


@dataclass(frozen=True)
class Generator:
    """How a kind of generator is built and run.

    `build` fills a folder and returns versions; `processes` and `options` take the definition and the
    number of CPUs that the generator has; one thread of it can use one CPU.
    """

    build: Callable[[Path, Path], dict[str, str]]
    command: Callable[[Path, str], list[str]]
    processes: Callable[[GeneratorDefinition, int], int]
    options: Callable[[GeneratorDefinition, int], dict[str, Any]]


def _count(asked: int | str, cpus: int) -> int:
    return asked if isinstance(asked, int) else cpus


def _locust_versions(_folder: Path, _cache: Path) -> dict[str, str]:
    return {name: version(name) for name in ("locust", "gevent")}


def _locust_command(_folder: Path, specification: str) -> list[str]:
    return [sys.executable, "-m", "servebench.generator.locust_process", specification]


def _tool_command(tool: str) -> Callable[[Path, str], list[str]]:
    return lambda _folder, specification: [
        *(sys.executable, "-m", "servebench.generator.tool_process", tool, specification)
    ]


GENERATORS: dict[str, Generator] = {
    "locust": Generator(
        build=_locust_versions,
        command=_locust_command,
        processes=lambda definition, cpus: _count(definition.processes, cpus),
        options=lambda definition, _cpus: {"user_class": definition.user_class},
    ),
    "native": Generator(
        build=build_native,
        command=lambda folder, specification: [str((folder / EXECUTABLE).resolve()), specification],
        processes=lambda _definition, _cpus: 1,
        options=lambda definition, cpus: {
            "threads": _count(definition.threads, cpus),
            "spins": definition.waiting == "spin",
        },
    ),
    "wrk": Generator(
        build=lambda _folder, _cache: wrk.find(),
        command=_tool_command("wrk"),
        processes=lambda _definition, _cpus: 1,
        options=lambda definition, cpus: {"threads": _count(definition.threads, cpus)},
    ),
    "oha": Generator(
        build=lambda _folder, _cache: oha.find(),
        command=_tool_command("oha"),
        processes=lambda _definition, _cpus: 1,
        options=lambda _definition, _cpus: {},
    ),
}
