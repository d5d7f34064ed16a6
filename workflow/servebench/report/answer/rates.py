"""The tail of each system's latency at the common rate that most systems hold."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.metrics import TAILS, THROUGHPUT, metric_of
from servebench.analyse.pairs import Point
from servebench.analyse.rows import POINT
from servebench.load_point import parse_load_point
from servebench.percentile_needs import window_needed_s
from servebench.report.answer.capacities import why_not
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.findings import Findings
from servebench.report.answer.text import place_of
from servebench.thresholds import LEAST_SECONDS_BEYOND
from servebench.words import Bound, Loop, VerdictWord

IN_FEW_SECONDS = f"what is slower lies in fewer than {LEAST_SECONDS_BEYOND} different seconds"


@dataclass(frozen=True)
class Tail:
    """A system's latency at the rate; where it is none, or only a bound, `absence` says what the verdict says of it.

    `needs` is what a percentile that is not told takes: this one, else the one that matters most.
    """

    system: str
    is_held: bool
    latency: Conclusion | None
    absence: str
    needs: str = ""

    @property
    def note(self) -> str:
        """Both: what the percentile needs comes first where nothing else would give it."""
        parts = (self.absence, self.needs) if self.latency else (self.needs, self.absence)
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True)
class CommonRate:
    """A rate that all systems were asked, or most, and the percentile of latency that is told there."""

    point: Point
    metric: str
    tails: tuple[Tail, ...]

    @property
    def percentile(self) -> str:
        """Such as `p99`."""
        return metric_of(self.metric).short_label

    @property
    def place(self) -> str:
        """The rate as people say it, and who sent it: `300 requests/s, native`."""
        return place_of(parse_load_point(self.point[2]).label, self.point[1])

    def tail(self, system: str) -> Tail | None:
        """A system's; None where it was not asked at this rate."""
        return next((tail for tail in self.tails if tail.system == system), None)


def common_rate(cells: pd.DataFrame, findings: Findings, window_s: float) -> CommonRate | None:
    """The one of a model, of all its cells with windows of so many seconds; None where no rate was measured."""
    asked = cells[(cells["loop"] == Loop.OPEN) & (cells["repeats"] > 0)]
    groups = {
        (str(model), str(generator), str(load_point)): [row for _, row in group.iterrows()]
        for (model, generator, load_point), group in asked.groupby(POINT, sort=False)
    }
    point = max(groups, key=lambda name: _weight(groups[name]), default=None)
    if point is None:
        return None
    rows = groups[point]
    metric = _told([row for row in rows if _holds(row)]) or _told(rows) or TAILS[0]
    return CommonRate(point, metric, tuple(_tail(row, point, metric, findings, window_s) for row in rows))


def _told(rows: list[Any]) -> str | None:
    """The percentile that matters most of those that one of some cells tells."""
    return next((name for name in TAILS if any(pd.notna(row[name]) for row in rows)), None)


def _weight(rows: list[Any]) -> tuple[int, int, float]:
    """Most systems that hold the rate, then most that were asked, then the highest rate that is served."""
    served_rps = [float(row[THROUGHPUT]) for row in rows if pd.notna(row[THROUGHPUT])]
    return sum(map(_holds, rows)), len(rows), max(served_rps, default=0.0)


def _holds(row: Any) -> bool:
    return VerdictWord.of(row["verdict"]).holds_rate


def _tail(row: Any, point: Point, metric: str, findings: Findings, window_s: float) -> Tail:
    system = str(row["system"])
    found = findings.figure(metric, system, point)
    needs = _needs(row, TAILS[0], window_s) if found else _needs(row, metric, window_s) or IN_FEW_SECONDS
    if _holds(row):
        return Tail(system, True, found, "", needs)
    # What was sent late or held up is at most as slow as it looks; of an overload no percentile means anything.
    is_bound = found is not None and found.bound is Bound.AT_MOST
    is_meaningless = found is not None and not is_bound
    return Tail(system, False, found if is_bound else None, why_not(row), "" if is_meaningless else needs)


def _needs(row: Any, name: str, window_s: float) -> str:
    """Which windows tell a percentile, where the row's are too short for it; else empty."""
    metric = metric_of(name)
    counted = int(row["repeats"]) - int(0 if pd.isna(row["repeats_left_out"]) else row["repeats_left_out"])
    assert metric.percentile is not None
    if pd.notna(row[name]) or not counted:
        return ""
    needed_s = window_needed_s(metric.percentile, float(row["rate_rps"]), counted)
    return f"too few requests: {metric.short_label} needs windows of {needed_s:,} s" if needed_s > window_s else ""
