"""Truth: a generator's percentiles against the delays that a server of a known law says it realised.

Both sides hold the same requests, so that no sampling error separates them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.calibrate.drive import BuiltGenerator, Site, calibration_site, constant_model, drive
from servebench.calibrate.outcome import Check, measured
from servebench.calibrate.servers import DELAY_SERVER, build_program, start_program
from servebench.errors import ServebenchError
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop

LAWS = {
    "constant 5 ms": "constant:5",
    "98 % 2 ms, 2 % 50 ms": "mixture:2:50:0.02",
    "exponential 10 ms": "exponential:10",
}
PERCENTILES = (50.0, 90.0, 99.0)
HIGH_PERCENTILE = 99.9
LEAST_REQUESTS_FOR_HIGH = 200_000
DURATION_S = 1.0
# Rounds are added, so many times in all, while a check does not pass: a few disturbed seconds must not decide.
MOST_TIMES = 3
# Found and told percentiles (ms) of every round, by law and percentile.
Pairs = dict[tuple[str, float], list[tuple[float, float]]]


@dataclass(frozen=True)
class Tolerance:
    """How far a percentile may be off: relative or absolute, whichever is wider; and the users it is measured with.

    After equal delays the users come at once and wait for each other: few of them. An odd number of rounds: a
    disturbance of one of them does not decide.
    """

    relative: float
    absolute_ms: float
    users_equal: int
    users_random: int
    rounds: int

    def allows(self, found_ms: float, told_ms: float) -> bool:
        """Whether a percentile is near enough to the told one."""
        return abs(found_ms - told_ms) <= max(self.relative * told_ms, self.absolute_ms)

    def __str__(self) -> str:
        return f"{self.relative:.0%} or {self.absolute_ms:g} ms"


# Locust's own work is half a millisecond a request, with HttpUser a whole one, in which its other users wait.
TOLERANCES = {"native": Tolerance(0.02, 0.1, 4, 16, 5), "locust": Tolerance(0.05, 1.0, 2, 2, 3)}


def measure_truth(generator: BuiltGenerator, payloads: Path, cache: Path) -> dict[str, Any]:
    """Compare a built generator's percentiles with the told ones, under each law."""
    tolerance = TOLERANCES[generator.definition.kind]
    pairs: Pairs = {}
    requests = dict.fromkeys(LAWS, 0)
    with calibration_site(f"truth of {generator.name}") as site:
        executable = build_program(DELAY_SERVER, site.scratch, cache)
        model = constant_model(payloads, site.scratch / "model")
        for number in range(1, MOST_TIMES * tolerance.rounds + 1):
            for law, argument in LAWS.items():
                users = tolerance.users_equal if argument.startswith("constant") else tolerance.users_random
                found, count = _round(site, generator, model, executable, argument, users)
                requests[law] += count
                for percentile, pair in found.items():
                    pairs.setdefault((law, percentile), []).append(pair)
            if number % tolerance.rounds == 0 and all(check.passed for check in _checks(pairs, tolerance)):
                break
    return measured(_checks(pairs, tolerance), requests=requests, tolerance=str(tolerance), rounds=number)


def _checks(pairs: Pairs, tolerance: Tolerance) -> list[Check]:
    return [_check(law, percentile, found, tolerance) for (law, percentile), found in pairs.items()]


def _round(
    site: Site, generator: BuiltGenerator, model: Path, executable: Path, law: str, users: int
) -> tuple[dict[float, tuple[float, float]], int]:
    """Found and told percentiles of one run, and its requests."""
    server = start_program(site.groups, executable, site.server_cpus, law)
    load = drive(site, generator, model, server, ClosedLoop(users), DURATION_S).load
    site.groups.end(server.pid)
    told = histogram_of(load.told_delays_ns)
    if told.get_total_count() != load.requests or not load.requests:
        raise ServebenchError(
            f"{generator.name} reports {load.requests} answers and {told.get_total_count()} told delays; errors: "
            f"{load.errors or 'none'}"
        )
    wanted = [*PERCENTILES, *([HIGH_PERCENTILE] if load.requests >= LEAST_REQUESTS_FOR_HIGH else [])]
    measured_ms = percentiles_ms(histogram_of(load.latencies_ns), wanted, load.latency_max_ns)
    told_ms = percentiles_ms(told, wanted)
    pairs = zip(measured_ms, told_ms, strict=True)
    known = {q: (a, b) for q, (a, b) in zip(wanted, pairs, strict=True) if a is not None and b is not None}
    return known, load.requests


def _check(law: str, percentile: float, pairs: list[tuple[float, float]], tolerance: Tolerance) -> Check:
    """The round whose error is the median one decides."""
    middle = sorted(pairs, key=lambda pair: abs(pair[0] - pair[1]))[len(pairs) // 2]
    found_ms, told_ms = middle
    name = f"{law}, p{percentile:g}"
    off = f"{(found_ms - told_ms) * 1000:+.0f} µs"
    text = f"{name}: {found_ms:.3f} ms for {told_ms:.3f} ms ({off})"
    return Check(name, told_ms, found_ms, str(tolerance), tolerance.allows(found_ms, told_ms), text)
