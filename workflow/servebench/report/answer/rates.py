"""The tail of each system's latency at the common rate that most systems hold."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT, metric_of
from servebench.analyse.pairs import Point
from servebench.analyse.rows import POINT
from servebench.load_point import parse_load_point
from servebench.report.answer.capacities import why_not
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.findings import TAILS, Findings
from servebench.report.answer.text import place_of
from servebench.words import Bound, Loop, VerdictWord


@dataclass(frozen=True)
class Tail:
    """A system's latency at the rate; without one, or where it is only a bound, `absence` says why."""

    system: str
    is_held: bool
    latency: Conclusion | None
    absence: str


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


def common_rate(cells: pd.DataFrame, findings: Findings) -> CommonRate | None:
    """The one of a model, of all its cells; None where no rate was measured."""
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
    return CommonRate(point, metric, tuple(_tail(row, point, metric, findings) for row in rows))


def _told(rows: list[Any]) -> str | None:
    """The percentile that matters most of those that one of some cells tells."""
    return next((name for name in TAILS if any(pd.notna(row[name]) for row in rows)), None)


def _weight(rows: list[Any]) -> tuple[int, int, float]:
    """Most systems that hold the rate, then most that were asked, then the highest rate that is served."""
    served_rps = [float(row[THROUGHPUT]) for row in rows if pd.notna(row[THROUGHPUT])]
    return sum(map(_holds, rows)), len(rows), max(served_rps, default=0.0)


def _holds(row: Any) -> bool:
    return VerdictWord.of(row["verdict"]).holds_rate


def _tail(row: Any, point: Point, metric: str, findings: Findings) -> Tail:
    system = str(row["system"])
    found = findings.figure(metric, system, point)
    if _holds(row):
        return Tail(system, True, found, "" if found else "too few requests for this percentile")
    # What was sent late or held up is at most as slow as it looks; of an overload no percentile means anything.
    is_bound = found is not None and found.bound is Bound.AT_MOST
    return Tail(system, False, found if is_bound else None, why_not(row))
