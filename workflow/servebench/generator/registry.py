"""The generators: a kind in the config, the processes that it takes and how one is started."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from servebench.config import GeneratorDefinition


@dataclass(frozen=True)
class Generator:
    """How a kind of generator is run; `cores_a_process` is the most CPU that one process can use."""

    command: Callable[[str], list[str]]
    options: Callable[[GeneratorDefinition], dict[str, Any]]
    cores_a_process: float


def _locust_command(specification: str) -> list[str]:
    return [sys.executable, "-m", "servebench.generator.locust_process", specification]


def _locust_options(definition: GeneratorDefinition) -> dict[str, Any]:
    return {"user_class": definition.user_class}


GENERATORS: dict[str, Generator] = {"locust": Generator(_locust_command, _locust_options, 1.0)}
