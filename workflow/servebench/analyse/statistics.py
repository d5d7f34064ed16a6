"""Intervals: the unit of replication is the trial, not the request."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from scipy.special import stdtr
from scipy.stats import f as fisher_f
from scipy.stats import t as student_t

from servebench.thresholds import LEAST_REPEATS

# Spreads of logarithms below this are those of rounding.
NO_SPREAD = 1e-12
MOST_REPEATS = 1000


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, of 95 % if nothing else is said; no bounds where there are too few repeats."""

    estimate: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        """How far the upper end lies above the estimate, as a share of it; None without bounds."""
        return None if self.high is None or self.estimate <= 0 else self.high / self.estimate - 1


def log_interval(values: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """Geometric mean of positive values, with Student's t interval on their logarithms.

    None for no values. Below three values, or where a value is not positive (a log does not exist),
    there is no interval; the estimate is then the arithmetic mean. Simulated coverage of the nominal
    95 % at n = 3 and 5 is 95 %, where the percentile bootstrap covers 75 % and 84 %.
    """
    if not values:
        return None
    if min(values) <= 0:
        return Interval(math.fsum(values) / len(values), None, None, len(values))
    return ratio_of_logs([math.log(value) for value in values], confidence)


def student_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Arithmetic mean with Student's t interval; no bounds below three values. Needs one value."""
    mean = math.fsum(values) / len(values)
    if len(values) < LEAST_REPEATS:
        return Interval(mean, None, None, len(values))
    half = student_half_width(values, confidence)
    return Interval(mean, mean - half, mean + half, len(values))


def student_half_width(values: Sequence[float], confidence: float = 0.95) -> float:
    """Half the width of Student's t interval of a mean; needs two values at least."""
    return _quantile(confidence, len(values)) * standard_deviation(values) / math.sqrt(len(values))


def standard_deviation(values: Sequence[float]) -> float:
    """The sample's; needs two values at least."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


@cache
def _quantile(confidence: float, n: int) -> float:
    return float(student_t.ppf((1 + confidence) / 2, n - 1))


def paired_ratio(
    numerators: Sequence[float], denominators: Sequence[float], confidence: float = 0.95
) -> Interval | None:
    """The ratio of two systems over blocks: t on the within-block differences of logarithms.

    Both sequences hold one positive value a block, in the same order; ValueError where they do not match.
    """
    if len(numerators) != len(denominators):
        raise ValueError("a contrast pairs the trials of each block")
    if any(value <= 0 for value in (*numerators, *denominators)):
        return None
    return ratio_of_logs([math.log(a / b) for a, b in zip(numerators, denominators, strict=True)], confidence)


def ratio_of_logs(logs: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """The ratio whose logarithm these are estimates of, one a block; None without one."""
    if not logs:
        return None
    of_logs = student_interval(logs, confidence)
    if of_logs.low is None or of_logs.high is None:
        return Interval(math.exp(of_logs.estimate), None, None, of_logs.n)
    return Interval(math.exp(of_logs.estimate), math.exp(of_logs.low), math.exp(of_logs.high), of_logs.n)


def spread_of(interval: Interval, confidence: float = 0.95) -> float | None:
    """The standard deviation of the logarithms that an interval was made of; None without bounds."""
    if interval.half_width is None:
        return None
    return math.log1p(interval.half_width) * math.sqrt(interval.n) / _quantile(confidence, interval.n)


def p_within(logs: Sequence[float], effect: float) -> float | None:
    """P of the hypothesis that the mean of these logarithms of ratios lies within log(1 + effect) of 0.

    Student's t at the nearer edge, two-sided: it is below 0.05 exactly where the 95 % interval lies wholly beyond the
    smallest effect, and for an effect of 0 it is the usual test of equality. None below three values.
    """
    if len(logs) < LEAST_REPEATS:
        return None
    beyond = abs(math.fsum(logs) / len(logs)) - math.log1p(effect)
    error = standard_deviation(logs) / math.sqrt(len(logs))
    if beyond <= 0:
        return 1.0
    # The distribution's own method takes fifty times as long, and calls the same function.
    return float(2 * stdtr(len(logs) - 1, -beyond / error)) if error > NO_SPREAD else 0.0


def adjust_by_holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted for their number, in their order, so that all claims below a level keep it together (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def p_homogeneous(groups: Sequence[Sequence[float]]) -> float | None:
    """P of the hypothesis that these groups have one mean: F of the one-way analysis of variance (Fisher 1925).

    For two groups it is Student's t. None where no group has two values: then there is no spread to compare with.
    """
    n, k = sum(len(group) for group in groups), len(groups)
    if n <= k or k < 2:
        return None
    grand = math.fsum(value for group in groups for value in group) / n
    means = [math.fsum(group) / len(group) for group in groups]
    between = math.fsum(len(group) * (mean - grand) ** 2 for group, mean in zip(groups, means, strict=True)) / (k - 1)
    within = math.fsum((value - mean) ** 2 for group, mean in zip(groups, means, strict=True) for value in group) / (
        n - k
    )
    if within <= NO_SPREAD**2:
        return 1.0 if between <= NO_SPREAD**2 else 0.0
    return float(fisher_f.sf(between / within, k - 1, n - k))


def repeats_for(spread: float, half_width: float, confidence: float = 0.95) -> int | None:
    """The least repeats with which half an interval is `half_width` of its estimate at most.

    `spread` is the standard deviation of the logarithms. None where more than 1,000 would be needed.
    """
    wished = math.log1p(half_width)

    def is_enough(n: int) -> bool:
        return _quantile(confidence, n) * spread / math.sqrt(n) <= wished

    if not is_enough(MOST_REPEATS):
        return None
    low, high = LEAST_REPEATS - 1, MOST_REPEATS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
