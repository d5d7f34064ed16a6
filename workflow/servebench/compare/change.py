"""One figure of a cell in two studies: two independent samples, never blocks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.bounds import Bound, bound_of
from servebench.analyse.cell_name import CellName
from servebench.analyse.contrast_verdicts import Resolution
from servebench.analyse.log_estimate import LogEstimate
from servebench.analyse.metrics import MEMORY, Metric, metric_of, primary_at
from servebench.analyse.statistics import Interval
from servebench.compare.comparison import Figure, Range
from servebench.thresholds import LEAST_REPEATS
from servebench.words import ChangeWord, Loop

ALWAYS_COMPARED = ("latency_p50_ms", "latency_p99_ms", "cpu_us_per_request")


@dataclass(frozen=True)
class MeasuredCell:
    """A cell's row and the trials that its figures are made of."""

    row: Any
    trials: pd.DataFrame


@dataclass(frozen=True)
class Draft:
    """A change before its words: B over A, None with the reason where there is no such ratio.

    `resolution_ms` is how far the instrument may be off in a latency.
    """

    cell: CellName
    metric: Metric
    a: Figure
    b: Figure
    log_ratio: LogEstimate | None
    reason: str
    resolution_ms: float | None = None

    @property
    def is_primary(self) -> bool:
        """Whether it is the primary figure of its loop."""
        return self.metric == primary_at(self.cell.load.loop)

    @property
    def bound(self) -> Bound:
        """Which end of the ratio is open."""
        return Bound(
            is_lower=self.b.is_lower_bound or self.a.is_upper_bound,
            is_upper=self.a.is_lower_bound or self.b.is_upper_bound,
            reason=self.reason,
        )

    @property
    def tells_shift(self) -> bool:
        """Whether there is a ratio with both of its ends."""
        return self.log_ratio is not None and not (self.bound.is_lower or self.bound.is_upper)


def compared_at(loop: Loop, memory: str = MEMORY) -> list[Metric]:
    """What is compared of a cell: the primary figure of its loop first."""
    names = dict.fromkeys([primary_at(loop).name, *ALWAYS_COMPARED, memory])
    return [metric_of(name) for name in names]


def draft_change(
    cell: CellName, metric: Metric, a: MeasuredCell, b: MeasuredCell, resolution_ms: float | None = None
) -> Draft | None:
    """Set a figure of both studies against each other; None where neither tells it."""
    bounds = [bound_of(side.row, metric) for side in (a, b)]
    figure_a, figure_b = (_figure(side.row, metric, bound) for side, bound in zip((a, b), bounds, strict=True))
    untold = [name for name, figure in zip("AB", (figure_a, figure_b), strict=True) if figure.range is None]
    if len(untold) == 2:
        return None
    if untold:
        return Draft(cell, metric, figure_a, figure_b, None, f"not told by {untold[0]}")
    log_a, log_b = (LogEstimate.of([float(value) for value in side.trials[metric.name]]) for side in (a, b))
    if log_a is None or log_b is None:
        return Draft(cell, metric, figure_a, figure_b, None, f"fewer than {LEAST_REPEATS} repeats that count")
    reason = "; ".join(f"{name}: {bound.reason}" for name, bound in zip("AB", bounds, strict=True) if bound.reason)
    return Draft(cell, metric, figure_a, figure_b, log_b.over(log_a), reason, resolution_ms)


def _figure(row: Any, metric: Metric, bound: Bound) -> Figure:
    estimate, low, high = (
        None if pd.isna(row[column.name]) else float(row[column.name]) for column in metric.cell_columns[:3]
    )
    told = None if estimate is None else Range(estimate=estimate, low=low, high=high)
    return Figure(range=told, is_lower_bound=bound.is_lower, is_upper_bound=bound.is_upper)


def change_word(ratio: Interval, bound: Bound, effect: float, is_larger_better: bool) -> tuple[ChangeWord, str]:
    """What may be said of a change, and why nothing may: as of a contrast, against the smallest effect."""
    low = -math.inf if bound.is_upper or ratio.low is None else ratio.low
    high = math.inf if bound.is_lower or ratio.high is None else ratio.high
    most, percent = 1 + effect, f"{effect * 100:g} %"
    if low >= 1 / most and high <= most:
        return ChangeWord.SAME, f"the interval lies within {percent} of 1"
    if low > most or high < 1 / most:
        is_better = (low > most) == is_larger_better
        return ChangeWord.BETTER if is_better else ChangeWord.WORSE, f"the interval lies more than {percent} from 1"
    if bound.is_lower or bound.is_upper:
        return ChangeWord.UNDECIDED, bound.reason
    if low <= 1 <= high:
        return ChangeWord.UNDECIDED, f"they may be the same, or differ by more than {percent}"
    return ChangeWord.UNDECIDED, f"they differ, perhaps by less than {percent}"


def common_shift(drafts: Sequence[Draft]) -> LogEstimate | None:
    """The geometric mean of the ratios, with the error that their spread over the cells gives; bounds stay out.

    None below three cells.
    """
    return LogEstimate.of([draft.log_ratio.ratio for draft in drafts if draft.log_ratio and draft.tells_shift])


def told_change(draft: Draft, ratio: Interval, effect: float) -> tuple[ChangeWord, str]:
    """What may be said of a draft's ratio, by itself or over a shift, as far as the instrument tells."""
    word, reason = change_word(ratio, draft.bound, effect, draft.metric.is_throughput)
    if draft.resolution_ms is None or draft.a.range is None:
        return word, reason
    figure_ms = draft.a.range.estimate
    resolution = Resolution((figure_ms, figure_ms * ratio.estimate), draft.resolution_ms)
    hidden = None
    if word in (ChangeWord.BETTER, ChangeWord.WORSE):
        hidden = resolution.why_not_different
    elif word is ChangeWord.SAME:
        hidden = resolution.why_not_same(effect)
    return (word, reason) if hidden is None else (ChangeWord.UNDECIDED, hidden)
