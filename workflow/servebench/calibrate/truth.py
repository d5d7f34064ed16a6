"""Truth: a generator's percentiles against the delays that a server of a known law says it realised.

Both sides hold the same requests, so that no sampling error separates them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from servebench.calibrate.drive import BuiltGenerator, Site, calibration_site, constant_model, drive
from servebench.calibrate.outcome import Criterion, measured
from servebench.calibrate.servers import DELAY_SERVER, build_program, start_program
from servebench.errors import ServebenchError
from servebench.generator.abilities import TruthTolerance
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
# Rounds are added, so many times in all, while a criterion does not pass: a few disturbed seconds must not decide.
MOST_TIMES = 3
# Found and told percentiles (ms) of every round, by law and percentile.
Pairs = dict[tuple[str, float], list[tuple[float, float]]]
# Found and told percentiles (ms) of one run by percentile, and its requests.
Round = tuple[dict[float, tuple[float, float]], int]


def measure_truth(generator: BuiltGenerator, tolerance: TruthTolerance, payloads: Path, cache: Path) -> dict[str, Any]:
    """Compare a built generator's percentiles with the told ones, under each law."""
    with calibration_site(f"truth of {generator.name}") as site:
        executable = build_program(DELAY_SERVER, site.scratch, cache)
        model = constant_model(payloads, site.scratch / "model")
        return judge_rounds(tolerance, lambda law, users: _round(site, generator, model, executable, law, users))


def judge_rounds(tolerance: TruthTolerance, measure_round: Callable[[str, int], Round]) -> dict[str, Any]:
    """The outcome over rounds of every law; `measure_round` takes a law's argument and a number of users."""
    pairs: Pairs = {}
    requests = dict.fromkeys(LAWS, 0)
    for number in range(1, MOST_TIMES * tolerance.rounds + 1):
        for law, argument in LAWS.items():
            users = tolerance.users_equal if argument.startswith("constant") else tolerance.users_random
            found, count = measure_round(argument, users)
            requests[law] += count
            for percentile, pair in found.items():
                pairs.setdefault((law, percentile), []).append(pair)
        if number % tolerance.rounds == 0 and all(criterion.passed for criterion in _criteria(pairs, tolerance)):
            break
    return measured(_criteria(pairs, tolerance), requests=requests, tolerance=str(tolerance), rounds=number)


def _criteria(pairs: Pairs, tolerance: TruthTolerance) -> list[Criterion]:
    return [criterion_of(law, percentile, found, tolerance) for (law, percentile), found in pairs.items()]


def _round(site: Site, generator: BuiltGenerator, model: Path, executable: Path, law: str, users: int) -> Round:
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


def criterion_of(law: str, percentile: float, pairs: list[tuple[float, float]], tolerance: TruthTolerance) -> Criterion:
    """The round whose error is the median one decides."""
    middle = sorted(pairs, key=lambda pair: abs(pair[0] - pair[1]))[len(pairs) // 2]
    found_ms, told_ms = middle
    name = f"{law}, p{percentile:g}"
    off = f"{(found_ms - told_ms) * 1000:+.0f} µs"
    text = f"{name}: {found_ms:.3f} ms for {told_ms:.3f} ms ({off})"
    return Criterion(name, told_ms, found_ms, str(tolerance), tolerance.allows(found_ms, told_ms), text)
