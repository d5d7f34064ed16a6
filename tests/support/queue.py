"""A server with one worker as queue theory has it: every request takes the same time, in the order of arrival."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from servebench.generator.protocol import LoadResult, OpenLoopCounts
from servebench.load_point import ClosedLoop, DrivenPoint
from servebench.trial.search import Drive

Times = npt.NDArray[np.float64]
# How requests are spaced: (how many, seed) -> gaps of mean one.
Gaps = Callable[[int, int], Times]
WARMUP_S = 0.3
STEP_NS = 10_000


def poisson(number: int, seed: int) -> Times:
    """Users who come at random."""
    return np.random.default_rng(seed).exponential(1.0, number)


def constant(number: int, seed: int) -> Times:
    """Users who take turns."""
    return np.ones(number)


def latencies_s(gaps_s: Times, service_s: float) -> Times:
    """Lindley's recursion, from the intended start: W(n + 1) = max(0, W(n) + service - gap)."""
    walk = np.concatenate([[0.0], np.cumsum(service_s - gaps_s[1:])])
    return walk - np.minimum.accumulate(walk) + service_s


def highest_utilization(gaps: Gaps, limit: float, percentile: float = 99) -> float:
    """The highest share of the worker's capacity that keeps a percentile within `limit` service times, to 0.3 %."""
    spacing = gaps(400_000, 1)
    low, high = 0.01, 1.0
    while high / low > 1.003:
        middle = (low * high) ** 0.5
        keeps = np.percentile(latencies_s(spacing / middle, 1.0), percentile) <= limit
        low, high = (middle, high) if keeps else (low, middle)
    return low


def drive_of(service_s: float, gaps: Gaps, seed: int) -> Drive:
    """What a generator counts in a window against this server."""

    def drive(point: DrivenPoint, duration_s: float) -> LoadResult:
        if isinstance(point, ClosedLoop):
            return _result(np.full(int(duration_s / service_s), point.users * service_s), None)
        end_s = WARMUP_S + duration_s
        gaps_s = gaps(int(end_s * point.rate_rps * 1.3) + 50, seed) / point.rate_rps
        starts_s, found_s = np.cumsum(gaps_s), latencies_s(gaps_s, service_s)
        is_inside = (starts_s >= WARMUP_S) & (starts_s < end_s)
        is_answered = is_inside & (starts_s + found_s <= end_s)
        scheduled = int(is_inside.sum())
        books = OpenLoopCounts(scheduled, 0, 0, [(1000, scheduled)])
        ages_s = end_s - starts_s[is_inside & ~is_answered]
        return replace(_result(found_s[is_answered], books), in_flight=len(ages_s), unanswered_ages_ns=_steps(ages_s))

    return drive


def _result(found_s: Times, books: OpenLoopCounts | None) -> LoadResult:
    pairs = _steps(found_s)
    return LoadResult(len(found_s), {}, 0, pairs[0][0], pairs[-1][0], pairs, [], 0, 0.1, 0.1, books)


def _steps(times_s: Times) -> list[tuple[int, int]]:
    steps, counts = np.unique(np.ceil(times_s * 1e9 / STEP_NS).astype(int) * STEP_NS, return_counts=True)
    return list(zip(steps.tolist(), counts.tolist(), strict=True))
