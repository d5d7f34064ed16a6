"""A generator's ceiling: what it reaches against the null server with the study's own payload.

A throughput near it is the generator's. It is measured on one of the generator's CPUs, by one process or thread.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from servebench.build.request import Unavailable
from servebench.calibrate.null_server import build_null_server, start_null_server
from servebench.calibrate.reading import Target, read_generator
from servebench.config import GeneratorDefinition
from servebench.files import read_json, write_json
from servebench.machine import can_pin, place, read_topology
from servebench.trial.machine_lock import machine_lock
from servebench.trial.processes import ProcessGroups

DURATION_S = 2.0


def measure_ceiling(
    name: str, definition: GeneratorDefinition, folder: Path, model: Path, cache: Path, output: Path
) -> dict[str, Any]:
    """Measure a built generator; writes and returns the outcome, `not measured` where something could not be built."""
    manifest = read_json(folder / "manifest.json")
    outcome: dict[str, Any] = {"generator": name, "connections": definition.connections}
    if manifest["status"] != "built":
        outcome |= {"status": "not measured", "reason": manifest["reason"], "remedy": manifest["remedy"]}
    else:
        try:
            outcome |= _measure(name, definition, folder, model, cache)
        except Unavailable as reason:
            outcome |= {"status": "not measured", "reason": reason.reason, "remedy": reason.remedy}
    write_json(output, outcome)
    return outcome


def _measure(name: str, definition: GeneratorDefinition, folder: Path, model: Path, cache: Path) -> dict[str, Any]:
    placement = place(read_topology(), None, False, can_pin())
    with tempfile.TemporaryDirectory() as scratch:
        executable = build_null_server(Path(scratch), cache)
        with machine_lock(f"ceiling of {name}"), ProcessGroups() as groups:
            port, pid = start_null_server(groups, executable, placement.server[-1:] if placement.is_pinned else None)
            cpus = placement.generator[:1] if placement.is_pinned else None
            target = Target(port, pid, model, cpus, Path(scratch))
            reading = read_generator(groups, target, definition, folder, definition.connections, DURATION_S)
    return {"status": "measured", **asdict(reading), "is_ceiling": reading.is_ceiling}
