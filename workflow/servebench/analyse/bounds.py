"""Which end of a cell's figure is open: what somebody else limited is a bound, and the true figure lies beyond it."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.metrics import Metric
from servebench.words import VerdictWord

# Latencies that hold the generator's own time.
LATE = (VerdictWord.GENERATOR_LATE, VerdictWord.GENERATOR_BOUND)


@dataclass(frozen=True)
class Bound:
    """A lower bound (the true figure may be any larger), an upper one, both where nothing is known, or neither."""

    is_lower: bool = False
    is_upper: bool = False
    reason: str = ""

    @property
    def mark(self) -> str:
        """What stands in front of the figure."""
        if self.is_lower == self.is_upper:
            return ""
        return "≥ " if self.is_lower else "≤ "


def bound_of(cell: Any, metric: Metric) -> Bound:
    """What a measured cell's verdict and its unanswered requests make of one of its figures."""
    word = VerdictWord.of(cell["verdict"])
    said = f"{word}: {cell['verdict_reason']}"
    if metric.is_throughput:
        # What was served could be served, whoever was in the way.
        is_lower = word.is_undecided or bool(cell["throughput_is_lower_bound"])
        return Bound(is_lower=True, reason=said) if is_lower else Bound()
    if not metric.is_latency:
        return Bound()
    if word.is_undecided:
        return Bound(is_lower=True, is_upper=True, reason=said)
    is_lower = _has_unanswered_below(cell, metric)
    reasons = [*(["requests without an answer"] if is_lower else []), *([said] if word in LATE else [])]
    return Bound(is_lower=is_lower, is_upper=word in LATE, reason="; ".join(reasons))


def is_percentile_bound(cell: Any, metric: Metric) -> bool:
    """Whether a figure is a percentile that requests without an answer make a lower bound."""
    bound = cell["bound_from_percentile"]
    return metric.percentile is not None and bool(pd.notna(bound)) and metric.percentile > float(bound)


def _has_unanswered_below(cell: Any, metric: Metric) -> bool:
    """Whether requests without an answer make a latency a lower bound; mean and maximum as soon as there are any."""
    if metric.percentile is None:
        return bool(pd.notna(cell["bound_from_percentile"]))
    return is_percentile_bound(cell, metric)
