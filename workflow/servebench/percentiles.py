"""Percentiles of latencies of which some are only known to be at least so long: their requests had no answer.

The product-limit estimate (E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete observations, JASA 53,
1958), as redistribution to the right (B. Efron, The two sample problem with censored data, 1967): the weight of a
request without an answer goes in equal parts to all that took longer. Without such requests it is the plain percentile.
Where none took longer the curve ends, and what is told from there on are sure lower bounds: the percentiles as if each
unanswered request had been answered at its age.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram

from servebench.histogram import HIGHEST_NS, highest_equivalent_ns, pairs_of, quantize_ns

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
    answered, unanswered = _buckets(latencies_ns), _buckets(ages_ns)
    if not answered and not unanswered:
        return Percentiles(tuple(None for _ in percentiles), None, None)
    highest = {age: age for age in unanswered} | {value: _highest(value, max_ns) for value in answered}
    at_least = _plain(answered + unanswered)
    curve = _product_limit(answered, unanswered)
    bound_from = None
    if curve.end_percent < 100.0:
        curve = _below_bounds(curve, at_least)
        bound_from = curve.end_percent
    found = []
    for percentile in percentiles:
        value = curve.reach(percentile)
        found.append((_bound(at_least, percentile) if value is None else highest[value]) / 1e6)
    return Percentiles(tuple(found), max(highest.values()) / 1e6, bound_from)


def merged(
    trials: Iterable[tuple[HdrHistogram, Sequence[tuple[float, int]]]], percentiles: Sequence[float]
) -> Percentiles:
    """Percentiles over several trials: of each the histogram of its answers, and its `unanswered_ages_ms`."""
    found = [(pairs_of(histogram), ages_ns_of(ages_ms)) for histogram, ages_ms in trials]
    answered = [pair for latencies_ns, _ in found for pair in latencies_ns]
    unanswered = [pair for _, ages_ns in found for pair in ages_ns]
    return estimate(answered, unanswered, percentiles, None)


def ages_ms_of(ages_ns: Pairs) -> list[tuple[float, int]]:
    """Ages as a record holds them."""
    return [(age_ns / 1e6, count) for age_ns, count in ages_ns]


def ages_ns_of(ages_ms: Iterable[tuple[float, int]]) -> list[tuple[int, int]]:
    """Ages of a record, in nanoseconds."""
    return [(round(age_ms * 1e6), count) for age_ms, count in ages_ms]


def _buckets(pairs: Pairs) -> Counter[int]:
    """Counts by bucket, named by its lowest value: an age stays a lower bound."""
    counts: Counter[int] = Counter()
    for value_ns, count in pairs:
        counts[quantize_ns(min(value_ns, HIGHEST_NS))] += count
    return +counts


def _highest(value_ns: int, max_ns: int | None) -> int:
    """What is told of an answer's bucket."""
    highest_ns = highest_equivalent_ns(value_ns)
    return highest_ns if max_ns is None else min(highest_ns, max_ns)


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


def _bound(at_least: _Curve, percentile: float) -> int:
    value = at_least.reach(percentile)
    assert value is not None
    return value


def _plain(counts: Counter[int]) -> _Curve:
    values = np.array(sorted(counts), dtype=np.int64)
    seen = np.cumsum([counts[value] for value in values.tolist()])
    return _Curve(values, seen, sum(counts.values()))


def _product_limit(answered: Counter[int], unanswered: Counter[int]) -> _Curve:
    """The curve of the answers, each with the weight that it has got from those without one."""
    plain = _plain(answered)
    total = plain.total + sum(unanswered.values())
    counts = np.diff(plain.seen, prepend=0)
    weights, weight = np.ones(len(counts)), 1.0
    without_answer = sum(unanswered.values())
    for age in sorted(unanswered):
        # In one bucket who was answered comes first.
        position = int(np.searchsorted(plain.values, age, side="right"))
        without_answer -= unanswered[age]
        longer = int(counts[position:].sum()) + without_answer
        if not longer:
            return _Curve(plain.values, np.cumsum(weights * counts), total)
        weight *= 1 + unanswered[age] / longer
        weights[position:] = weight
    seen = np.cumsum(weights * counts)
    # All weight is shared out: no rounding may leave the last answer short of it.
    seen[-1] = total
    return _Curve(plain.values, seen, total)
