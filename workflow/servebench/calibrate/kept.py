"""Calibrations that depend on the machine and the programs only are kept, and not repeated by the next study."""

import ast
import platform
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from servebench.files import read_json, sha256_file, sha256_parts, write_json
from servebench.generator.registry import Generator
from servebench.machine import read_machine, read_topology
from servebench.words import CalibrationStatus

PACKAGE = Path(__file__).resolve().parents[1]

# Raised whenever a calibration of the same programs could come out otherwise.
CALIBRATION_VERSION = 3


def kept_or_made(
    cache: Path,
    name: str,
    parts: Iterable[str],
    programs: Iterable[Path],
    measure: Callable[..., dict[str, Any]],
    *arguments: Any,
) -> dict[str, Any]:
    """The kept outcome for this machine and these programs, else a new one, which is kept if it is worth it.

    `parts` are versions and definitions, `programs` the sources of what is run beside this process; the module of
    `measure` and all that it imports from this package count too. What is not worth keeping is measured again by the
    next study.
    """
    path = cache / "calibration" / f"{name}-{_key(parts, [*programs, *imported_files(measure.__module__)])[:16]}.json"
    if path.exists():
        return {**read_json(path), "kept": True}
    outcome = {**measure(*arguments), "measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
    if is_worth_keeping(outcome):
        write_json(path, outcome)
    return {**outcome, "kept": False}


def is_worth_keeping(outcome: dict[str, Any]) -> bool:
    """Whether it was measured, decided and passed, on a machine that others left alone."""
    return outcome["status"] == CalibrationStatus.MEASURED and outcome["passed"] and not outcome.get("is_disturbed")


def kept_calibrations(cache: Path) -> frozenset[str]:
    """The names of the calibrations of which a cache holds an outcome, whatever they depended on."""
    return frozenset(path.stem.rpartition("-")[0] for path in cache.glob("calibration/*.json"))


def _key(parts: Iterable[str], sources: Iterable[Path]) -> str:
    machine = read_machine()
    cpus = ",".join(str(cpu.number) for cpu in read_topology())
    name = machine.node or platform.node()
    identity = [machine.cpu_model, machine.kernel, str(machine.logical_cpus), cpus, name, machine.python]
    # Under a quota nothing spins, on the same CPUs.
    identity += [] if machine.cpu_quota is None else [f"a quota of {machine.cpu_quota:g}"]
    hashes = [f"{path.name}={sha256_file(path)}" for path in sources]
    return sha256_parts([str(CALIBRATION_VERSION), *identity, *parts, *hashes])


def program_files(generator: Generator) -> list[Path]:
    """What a generator's program is made from, compiled or ours in Python."""
    return [*generator.sources(), *(imported_files(generator.module) if generator.module else [])]


def imported_files(module: str) -> list[Path]:
    """The files of a module of this package and of all that it imports, at any depth, from this package."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if path is not None and name not in found:
            found[name] = path
            waiting += _imports(path)
    return [found[name] for name in sorted(found)]


def _file_of(module: str) -> Path | None:
    if module.split(".", maxsplit=1)[0] != PACKAGE.name:
        return None
    path = PACKAGE.parent.joinpath(*module.split("."))
    files = [path.with_suffix(".py"), path / "__init__.py"]
    return next((file for file in files if file.exists()), None)


def _imports(path: Path) -> list[str]:
    """The modules that a file imports; `from a import b` may mean the module a.b too."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names
