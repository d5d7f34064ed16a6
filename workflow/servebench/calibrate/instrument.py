"""The calibrations that belong to no single generator: the meter, and the generators' agreement."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from servebench.build.request import Unavailable
from servebench.build.system import system_sources
from servebench.calibrate import servers
from servebench.calibrate.agreement import COMPARED, measure_agreement, sklearn_system
from servebench.calibrate.kept import kept_or_made, program_files
from servebench.calibrate.meter import measure_meter
from servebench.calibrate.outcome import not_measured
from servebench.files import write_json
from servebench.generator.registry import GENERATORS


def calibrate_meter(cache: Path, output: Path) -> dict[str, Any]:
    """Calibrate the meter of CPU and memory; writes and returns the outcome."""
    programs = servers.PROJECT.source_files()
    return _write(output, lambda: kept_or_made(cache, "meter", [], programs, measure_meter, cache))


def calibrate_agreement(payloads: Path, cache: Path, output: Path) -> dict[str, Any]:
    """Compare the generators with each other; writes and returns the outcome."""
    of_generators = [path for generator in GENERATORS.values() for path in program_files(generator)]
    programs = [*servers.PROJECT.source_files(), *of_generators, *system_sources("agreement", sklearn_system())]
    return _write(
        output,
        lambda: kept_or_made(cache, "agreement", _tool_versions(), programs, measure_agreement, payloads, cache),
    )


def _tool_versions() -> list[str]:
    """Which of the other generators are here: a tool that was installed since is compared too."""
    found = []
    for kind in COMPARED:
        try:
            found.append(f"{kind} {GENERATORS[kind].build(Path(), Path())}")
        except Unavailable:
            found.append(f"no {kind}")
    return found


def _write(output: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        outcome = make()
    except Unavailable as reason:
        outcome = not_measured(reason.reason, reason.remedy)
    write_json(output, outcome)
    return outcome
