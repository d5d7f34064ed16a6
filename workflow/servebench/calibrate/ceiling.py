"""A generator's ceiling: what it reaches against the null server with the study's own payload and connections.

A throughput near it is the generator's. It is measured on one of the generator's CPUs, by one process or thread.
"""

from pathlib import Path
from typing import Any

from servebench.calibrate.drive import BuiltGenerator, Run, Site, calibration_site, constant_wire, drive
from servebench.calibrate.servers import NULL_SERVER, build_program, start_program
from servebench.load_point import ClosedLoop
from servebench.thresholds import SATURATED
from servebench.words import CalibrationStatus

# As the trials have by default: a generator in Python takes as long to be as fast as it gets.
WARMUP_S, DURATION_S = 1.0, 1.0
# A ceiling counts only where the generator alone was the limit.
GENERATOR_FULL = 0.97


def is_ceiling(run: Run) -> bool:
    """Whether the generator alone was the limit."""
    return run.generator_cores >= GENERATOR_FULL and run.server_cores < SATURATED


def measure_ceiling(generator: BuiltGenerator, payloads: Path, connections: int, cache: Path) -> dict[str, Any]:
    """Measure a built generator; raises Unavailable where the null server cannot be built."""
    with calibration_site(f"ceiling of {generator.name}") as site:
        return find_ceiling(site, generator, payloads, connections, cache)


def find_ceiling(
    site: Site, generator: BuiltGenerator, payloads: Path, connections: int, cache: Path
) -> dict[str, Any]:
    """The same where the machine is held already, from where the site sends its load."""
    executable = build_program(NULL_SERVER, site.scratch, cache)
    wire = constant_wire(payloads, site.scratch / "wire")
    server = start_program(site.groups, executable, site.server_cpus, host=site.server_host)
    run = drive(site, generator, wire, server, ClosedLoop(connections), DURATION_S, warmup_s=WARMUP_S)
    site.groups.end(server.pid)
    return {
        "status": CalibrationStatus.MEASURED,
        "connections": connections,
        "throughput_rps": run.throughput_rps,
        "generator_cores": run.generator_cores,
        "server_cores": run.server_cores,
        "is_ceiling": is_ceiling(run),
    }
