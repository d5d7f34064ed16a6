"""The tail of each system's latency at one load, as the tiles show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.metrics import TAILS, metric_of
from servebench.analyse.pairs import Point
from servebench.load_point import parse_load_point
from servebench.percentile_needs import window_needed_s
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.text import place_of
from servebench.report.exactness import Exactness
from servebench.thresholds import LEAST_SECONDS_BEYOND

IN_FEW_SECONDS = f"what is slower lies in fewer than {LEAST_SECONDS_BEYOND} different seconds"


@dataclass(frozen=True)
class Tail:
    """A system's latency at the load; where it is none, or only a bound, `absence` says what the verdict says of it.

    `needs` is what a percentile that is not told takes: this one, else the one that matters most. `others` is what else
    is known of its tail.
    """

    system: str
    is_held: bool
    latency: Conclusion | None
    absence: str
    needs: str = ""
    others: str = ""

    @property
    def note(self) -> str:
        """All of it: what the percentile needs comes first where nothing else would give it."""
        parts = (self.absence, self.needs) if self.latency else (self.needs, self.absence)
        return "; ".join(part for part in (*parts, self.others) if part)


@dataclass(frozen=True)
class CommonTail:
    """A load that all systems were asked, or most, and the percentile of latency that is told there."""

    point: Point
    metric: str
    tails: tuple[Tail, ...]

    @property
    def percentile(self) -> str:
        """Such as `p99`."""
        return metric_of(self.metric).short_label

    @property
    def place(self) -> str:
        """The load as people say it, and who sent it: `300 requests/s, native`."""
        return place_of(parse_load_point(self.point[2]).label, self.point[1])

    def tail(self, system: str) -> Tail | None:
        """A system's; None where it was not asked this load."""
        return next((tail for tail in self.tails if tail.system == system), None)


def exactness_note(exactness: Exactness, found: Conclusion | None) -> str:
    """How far a latency is right, where its figure alone promises more; else empty."""
    if found is None or found.estimate is None:
        return ""
    return exactness.note(found.generator, metric_of(found.metric), found.estimate)


def told_percentile(rows: Sequence[Any]) -> str | None:
    """The percentile that matters most of those that one of some cells tells."""
    return next((name for name in TAILS if any(pd.notna(row[name]) for row in rows)), None)


def needs(row: Any, name: str, rate_rps: float, window_s: float) -> str:
    """Which windows tell a percentile at a rate, where the row's are too short for it; else empty."""
    metric = metric_of(name)
    counted = counted_repeats(row)
    assert metric.percentile is not None
    if pd.notna(row[name]) or not counted or pd.isna(rate_rps):
        return ""
    needed_s = window_needed_s(metric.percentile, rate_rps, counted)
    return f"too few requests: {metric.short_label} needs windows of {needed_s:,} s" if needed_s > window_s else ""


def counted_repeats(row: Any) -> int:
    """How many repeats a cell's figures are made of."""
    return int(row["repeats"]) - int(0 if pd.isna(row["repeats_left_out"]) else row["repeats_left_out"])
