"""Which end of a cell's figure is open: what somebody else limited is a bound, and the true figure lies beyond it."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from servebench.analyse.metrics import Metric
from servebench.words import Bound as Side
from servebench.words import VerdictWord

# Latencies that hold a wait which is not the server's own: the generator's, or for a CPU that others had.
LATE = (VerdictWord.GENERATOR_LATE, VerdictWord.GENERATOR_BOUND, VerdictWord.DISTURBED)


@dataclass(frozen=True)
class Bound:
    """A lower bound (the true figure may be any larger), an upper one, both where nothing is known, or neither."""

    is_lower: bool = False
    is_upper: bool = False
    reason: str = ""

    @property
    def side(self) -> Side | None:
        """On which side of the figure alone the true one lies; None where it may be either."""
        if self.is_lower == self.is_upper:
            return None
        return Side.AT_LEAST if self.is_lower else Side.AT_MOST

    @property
    def mark(self) -> str:
        """What stands in front of the figure."""
        return "" if self.side is None else f"{self.side.mark} "


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
    if word is VerdictWord.INCONCLUSIVE:
        return Bound(is_lower=True, is_upper=True, reason=said)
    found = latency_bound(cell, metric)
    reasons = [*(["requests without an answer"] if found.is_lower else []), *([said] if found.is_upper else [])]
    return replace(found, reason="; ".join(reasons))


def latency_bound(cell: Any, metric: Metric) -> Bound:
    """Which end of a latency is open by what was seen; needs no more of a cell than its verdict and its unanswered."""
    return Bound(_has_unanswered_below(cell, metric), VerdictWord.of(cell["verdict"]) in LATE)


def _has_unanswered_below(cell: Any, metric: Metric) -> bool:
    """Whether requests without an answer make a latency a lower bound; mean and maximum as soon as there are any."""
    bound = cell["bound_from_percentile"]
    return bool(pd.notna(bound)) and (metric.percentile is None or metric.percentile > float(bound))
