"""What a trial finds out before its window: the system's capacity, and the rate that keeps an objective.

Each probe is a run of the trial's own generator against the trial's own server.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from servebench.generator.protocol import LoadResult
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop, DrivenPoint, OpenLoop
from servebench.objective import Objective
from servebench.percentiles import estimate
from servebench.thresholds import LATE_MS, OVERLOAD_SHARE

# Load for so many seconds at a load point.
Drive = Callable[[DrivenPoint, float], LoadResult]

CAPACITY_S = 2.0
PROBE_S = (1.0, 10.0)
# Requests beyond the percentile that steer the search; the trial's own window then decides.
STEERING_REQUESTS = 20
# Fewer beyond it in the trial's own window, and chance decides whether it keeps the objective.
LEAST_DECIDING_REQUESTS = 10
LOWEST_SHARE = 0.05
# The search ends when the rate is known to this factor.
PRECISION = 1.03
LOWERED = 0.95
MOST_WINDOWS = 8
# The server cannot be blamed for these: the rate is tried again, a probe's so often in all.
PROBE_TRIES = 3
GENERATOR_LATE = "the generator was late"
DISTURBED = "the machine was disturbed"
UNANSWERED = "not all requests were answered"


@dataclass(frozen=True)
class Probe:
    """One rate that was tried: what the percentile was, and why it does not hold, if it does not."""

    rate_rps: int
    duration_s: float
    requests: int
    percentile_ms: float | None
    fault: str | None


@dataclass(frozen=True)
class Search:
    """The highest rate that held its probe (None: none did), the closed-loop capacity, and all probes.

    `lowerings` and `repetitions` are of the trial's window: the first for a missed objective, the second where the
    generator was late or the machine disturbed, for which a lower rate would be no remedy.
    """

    capacity_rps: float
    rate_rps: int | None
    probes: tuple[Probe, ...] = ()
    lowerings: int = 0
    repetitions: int = 0

    def after(self, fault: str) -> "Search":
        """The search for the next window: a rate that is lower by a twentieth, or the same one again."""
        assert self.rate_rps is not None
        if fault in (GENERATOR_LATE, DISTURBED):
            return replace(self, repetitions=self.repetitions + 1)
        rate_rps = max(1, min(self.rate_rps - 1, round(self.rate_rps * LOWERED)))
        return replace(self, rate_rps=rate_rps, lowerings=self.lowerings + 1)

    @property
    def has_given_up(self) -> bool:
        """Whether enough windows were tried."""
        return self.lowerings + self.repetitions == MOST_WINDOWS


def least_window_s(rate_rps: int, objective: Objective) -> float:
    """How long a window must be at a rate for its percentile to decide."""
    return LEAST_DECIDING_REQUESTS / (1 - objective.percentile / 100) / rate_rps


def why_not_found(search: Search, objective: Objective, window_s: float) -> tuple[str, str]:
    """Why there is no window that keeps the objective, and the remedy; no server is blamed for a late generator."""
    remedy = "ask for a wider objective"
    if search.rate_rps is not None:
        least_s = least_window_s(search.rate_rps, objective)
        if window_s < least_s:
            asked = f"a p{objective.percentile:g} at {search.rate_rps:,} requests/s"
            return f"a window of {window_s:g} s is too short for {asked}", f"raise duration_s to {math.ceil(least_s)}"
        late = f"; in {search.repetitions} windows {GENERATOR_LATE} or {DISTURBED}" if search.repetitions else ""
        return f"kept {objective} in no whole window down to {search.rate_rps:,} requests/s{late}", remedy
    first = search.probes[0]
    if first.fault == GENERATOR_LATE:
        return (
            f"{objective} could not be judged: {GENERATOR_LATE} at {first.rate_rps:,} requests/s",
            "measure on a quieter machine, or with a faster generator",
        )
    return f"misses {objective} even at {first.rate_rps:,} requests/s: {first.fault}", remedy


def measure_capacity(drive: Drive, connections: int) -> float:
    """Requests a second of a closed loop on all connections."""
    return drive(ClosedLoop(connections), CAPACITY_S).requests / CAPACITY_S


def share_of_capacity(drive: Drive, connections: int, percent: int) -> Search:
    """The rate that is a share of the capacity measured now."""
    capacity_rps = measure_capacity(drive, connections)
    return Search(capacity_rps, max(1, round(capacity_rps * percent / 100)))


def search_rate(drive: Drive, connections: int, objective: Objective) -> Search:
    """Bisect, on a log scale, between a twentieth of the capacity and the capacity."""
    capacity_rps = measure_capacity(drive, connections)
    low, high = max(1.0, capacity_rps * LOWEST_SHARE), max(1.0, capacity_rps)
    probes = [probe(drive, round(low), objective)]
    if probes[0].fault is not None:
        return Search(capacity_rps, None, tuple(probes))
    while high / low > PRECISION and round(high) > round(low):
        middle = (low * high) ** 0.5
        probes.append(probe(drive, max(1, round(middle)), objective))
        if probes[-1].fault is None:
            low = middle
        else:
            high = middle
    return Search(capacity_rps, max(1, round(low)), tuple(probes))


def probe(drive: Drive, rate_rps: int, objective: Objective) -> Probe:
    """Try one rate for as long as the percentile needs, and again where the generator was late."""
    needed_s = STEERING_REQUESTS / (1 - objective.percentile / 100) / rate_rps
    duration_s = min(max(needed_s, PROBE_S[0]), PROBE_S[1])
    for _ in range(PROBE_TRIES):
        found = judge(drive(OpenLoop(rate_rps), duration_s), rate_rps, duration_s, objective)
        if found.fault != GENERATOR_LATE:
            break
    return found


def judge(load: LoadResult, rate_rps: int, duration_s: float, objective: Objective) -> Probe:
    """Whether a window held the objective: no errors, all answered, the percentile within its limit."""
    found = estimate(load.latencies_ns, load.unanswered_ages_ns, [objective.percentile], load.latency_max_ns)
    is_bound = found.is_bound(objective.percentile)
    fault = _fault(load, found.values_ms[0], is_bound, objective)
    return Probe(rate_rps, duration_s, load.requests, found.values_ms[0], fault)


def _fault(load: LoadResult, found_ms: float | None, is_bound: bool, objective: Objective) -> str | None:
    if load.errors:
        return f"{sum(load.errors.values()):,} errors"
    counts = load.open_loop
    if counts is not None:
        if (load.in_flight or 0) + counts.unsent > OVERLOAD_SHARE * counts.scheduled:
            return UNANSWERED
        late_ms = percentiles_ms(histogram_of(counts.send_delays_ns), [99.0])[0]
        if late_ms is not None and late_ms > LATE_MS:
            return GENERATOR_LATE
    if found_ms is None:
        return "no answers"
    if found_ms > objective.limit_ms:
        return f"{'at least ' if is_bound else ''}{found_ms:.3g} ms"
    return UNANSWERED if is_bound else None
