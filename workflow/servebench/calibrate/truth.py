"""Truth: a generator's percentiles against the delays that a server of a known law says it realised.

Beside each run of the generator the floor program drives the same server in the same way.
"""

from pathlib import Path
from typing import Any

from servebench.calibrate.drive import BuiltGenerator, Site, calibration_site, constant_wire, drive
from servebench.calibrate.floor import run_floor
from servebench.calibrate.resolution import PERCENTILES, Errors, Round, judge_rounds
from servebench.calibrate.servers import DELAY_SERVER, FLOOR, build_program, start_program
from servebench.errors import ServebenchError
from servebench.generator.abilities import TruthTolerance
from servebench.generator.protocol import LoadResult
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop

# Several laws are given in turn, request by request: together they are one smooth law with a step far out.
LAWS = {
    "5 ms": ("constant:5",),
    "bursts": ("bursts:2:10:100",),
    "mixture, exponential and lognormal": ("mixture:2:50:0.05", "exponential:10", "lognormal:5:0.5"),
}
EQUAL = "5 ms"
WARMUP_S = 0.1


def measure_truth(generator: BuiltGenerator, tolerance: TruthTolerance, payloads: Path, cache: Path) -> dict[str, Any]:
    """Compare a built generator's percentiles with the told ones, and with the floor's, under each law."""
    with calibration_site(f"truth of {generator.name}") as site:
        return judge_truth(site, generator, tolerance, payloads, cache)


def judge_truth(
    site: Site, generator: BuiltGenerator, tolerance: TruthTolerance, payloads: Path, cache: Path
) -> dict[str, Any]:
    """The same where the machine is held already."""
    programs = {name: build_program(name, site.scratch, cache) for name in (DELAY_SERVER, FLOOR)}
    wire = constant_wire(payloads, site.scratch / "truth-wire")
    return judge_rounds([*LAWS], tolerance, lambda law: _round(site, generator, tolerance, wire, programs, law))


def _round(
    site: Site, generator: BuiltGenerator, tolerance: TruthTolerance, wire: Path, programs: dict[str, Path], law: str
) -> Round:
    """One run of the floor and one of the generator, on the same server."""
    users = tolerance.users_equal if law == EQUAL else tolerance.users_random
    server = start_program(site.groups, programs[DELAY_SERVER], site.server_cpus, *LAWS[law])
    floor = run_floor(site, programs[FLOOR], generator.definition, server, users, WARMUP_S, tolerance.duration_s)
    run = drive(site, generator, wire, server, ClosedLoop(users), tolerance.duration_s, warmup_s=WARMUP_S)
    site.groups.end(server.pid)
    taken = [share for share in (run.waited_share, floor.taken_share) if share is not None]
    return Round(law, errors_of(generator.name, run.load), floor.errors, max(taken, default=None))


def errors_of(name: str, load: LoadResult) -> Errors:
    """Found - told of each percentile of one run; raises ServebenchError where the two are not of the same answers."""
    told = histogram_of(load.told_delays_ns)
    if told.get_total_count() != load.requests or not load.requests:
        raise ServebenchError(
            f"{name} reports {load.requests} answers and {told.get_total_count()} told delays; errors: "
            f"{load.errors or 'none'}"
        )
    found = percentiles_ms(histogram_of(load.latencies_ns), [*PERCENTILES], load.latency_max_ns)
    known = percentiles_ms(told, [*PERCENTILES])
    pairs = [(a, b) for a, b in zip(found, known, strict=True) if a is not None and b is not None]
    off_ms = {q: a - b for q, (a, b) in zip(PERCENTILES, pairs, strict=True)}
    return Errors(off_ms, {q: b for q, (_, b) in zip(PERCENTILES, pairs, strict=True)}, load.requests)
