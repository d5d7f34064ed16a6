"""Percentiles of latencies of which some are only known to be at least so long: their requests had no answer.

The product-limit estimate (E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete observations, JASA 53,
1958), as redistribution to the right (B. Efron, The two sample problem with censored data, 1967): the weight of a
request without an answer goes in equal parts to all that took longer. Without such requests it is the plain percentile.
Where none took longer the curve ends, and what is told from there on are sure lower bounds: the percentiles as if each
unanswered request had been answered at its age.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram

from servebench.histogram import Buckets, highest_equivalent_ns, merged_buckets

Pairs = Iterable[tuple[int, int]]


@dataclass(frozen=True)
class Percentiles:
    """Percentiles in milliseconds in the asked order, and the maximum; None without requests.

    Above `bound_from` percent they are lower bounds, and so is the maximum where that is not None.
    """

    values_ms: tuple[float | None, ...]
    max_ms: float | None
    bound_from: float | None

    def is_bound(self, percentile: float) -> bool:
        """Whether a percentile is a lower bound."""
        return self.bound_from is not None and percentile > self.bound_from


@dataclass(frozen=True)
class _Curve:
    """Ascending values in nanoseconds, the weight of the requests up to each, and the weight of all."""

    values: Any
    seen: Any
    total: int

    def reach(self, percentile: float) -> int | None:
        """The smallest value that so many percent do not exceed; None where the curve ends below."""
        reached = np.flatnonzero(self.seen * 100.0 >= percentile * self.total)
        return int(self.values[reached[0]]) if len(reached) else None

    def until(self, value: int) -> "_Curve":
        """The part up to a value."""
        kept = self.values <= value
        return _Curve(self.values[kept], self.seen[kept], self.total)

    @property
    def end_percent(self) -> float:
        """How many percent the curve reaches."""
        return float(100.0 * self.seen[-1] / self.total) if len(self.seen) else 0.0


def estimate(latencies_ns: Pairs, ages_ns: Pairs, percentiles: Sequence[float], max_ns: int | None) -> Percentiles:
    """Percentiles of answered (latency, count) and unanswered (age, count) requests.

    The q-th percentile is the smallest value that at least q percent do not exceed. `max_ns` is the exact largest
    latency, where it is known: no answer's figure exceeds it.
    """
    return _estimate(Buckets.of(latencies_ns), Buckets.of(ages_ns), percentiles, max_ns)


def merged(
    trials: Iterable[tuple[HdrHistogram, Sequence[tuple[float, int]]]], percentiles: Sequence[float]
) -> Percentiles:
    """Percentiles over several trials: of each the histogram of its answers, and its `unanswered_ages_ms`."""
    found = list(trials)
    unanswered = [pair for _, ages_ms in found for pair in ages_ns_of(ages_ms)]
    answered = merged_buckets([histogram for histogram, _ in found])
    return _estimate(answered, Buckets.of(unanswered), percentiles, None)


def ages_ms_of(ages_ns: Pairs) -> list[tuple[float, int]]:
    """Ages as a record holds them."""
    return [(age_ns / 1e6, count) for age_ns, count in ages_ns]


def ages_ns_of(ages_ms: Iterable[tuple[float, int]]) -> list[tuple[int, int]]:
    """Ages of a record, in nanoseconds."""
    return [(round(age_ms * 1e6), count) for age_ms, count in ages_ms]


def _estimate(answered: Buckets, unanswered: Buckets, percentiles: Sequence[float], max_ns: int | None) -> Percentiles:
    """The same of buckets; that of an age is named by its lowest value, so that it stays a lower bound."""
    together = answered.merged_with(unanswered)
    if not together.total:
        return Percentiles(tuple(None for _ in percentiles), None, None)
    at_least = _plain(together)
    curve = _product_limit(answered, unanswered)
    bound_from = None
    if curve.end_percent < 100.0:
        curve = _below_bounds(curve, at_least)
        bound_from = curve.end_percent
    found = [_told_ns(curve, at_least, percentile, max_ns) for percentile in percentiles]
    largest_ns = _largest_ns(answered, unanswered, max_ns)
    return Percentiles(tuple(value / 1e6 for value in found), largest_ns / 1e6, bound_from)


def _highest(value_ns: int, max_ns: int | None) -> int:
    """What is told of an answer's bucket."""
    highest_ns = highest_equivalent_ns(value_ns)
    return highest_ns if max_ns is None else min(highest_ns, max_ns)


def _told_ns(curve: _Curve, at_least: _Curve, percentile: float, max_ns: int | None) -> int:
    """A percentile; where the curve ends below, its lower bound."""
    value = curve.reach(percentile)
    if value is not None:
        return _highest(value, max_ns)
    bound = at_least.reach(percentile)
    assert bound is not None
    return bound


def _largest_ns(answered: Buckets, unanswered: Buckets, max_ns: int | None) -> int:
    """The longest answer, or the age of what had none where that is larger."""
    oldest = unanswered.largest or 0
    if answered.largest is None or oldest > answered.largest:
        return oldest
    return _highest(answered.largest, max_ns)


def _below_bounds(curve: _Curve, at_least: _Curve) -> _Curve:
    """The part of the curve of which no estimate stands above a bound of a higher percentile.

    What is cut off gives way to bounds of lower percentiles, above which the rest must not stand either.
    """
    while True:
        first_bound = at_least.values[np.flatnonzero(at_least.seen * 100.0 > curve.end_percent * at_least.total)[0]]
        kept = curve.until(first_bound)
        if len(kept.values) == len(curve.values):
            return kept
        curve = kept


def _plain(buckets: Buckets) -> _Curve:
    return _Curve(buckets.values, np.cumsum(buckets.counts), buckets.total)


def _product_limit(answered: Buckets, unanswered: Buckets) -> _Curve:
    """The curve of the answers, each with the weight that it has got from those without one."""
    total = answered.total + unanswered.total
    if not unanswered.total:
        return _plain(answered)
    values, counts = answered.values, answered.counts
    # How many answers there are from each place on, and none beyond the last.
    from_here = [*(answered.total - np.cumsum(counts) + counts).tolist(), 0]
    weights, weight = np.ones(len(counts)), 1.0
    without_answer = unanswered.total
    # In one bucket who was answered comes first.
    positions = np.searchsorted(values, unanswered.values, side="right").tolist()
    for position, count in zip(positions, unanswered.counts.tolist(), strict=True):
        without_answer -= count
        longer = from_here[position] + without_answer
        if not longer:
            return _Curve(values, np.cumsum(weights * counts), total)
        weight *= 1 + count / longer
        weights[position:] = weight
    seen = np.cumsum(weights * counts)
    # All weight is shared out: no rounding may leave the last answer short of it.
    seen[-1] = total
    return _Curve(values, seen, total)
