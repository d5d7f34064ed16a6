"""The common rate that most systems hold, with the tail of each system's latency there."""

from dataclasses import replace
from typing import Any

import pandas as pd

from servebench.analyse.metrics import TAILS, THROUGHPUT
from servebench.analyse.pairs import Point
from servebench.report.answer.capacities import why_not
from servebench.report.answer.findings import Findings
from servebench.report.answer.points import by_point
from servebench.report.answer.tails import (
    IN_FEW_SECONDS,
    CommonTail,
    Tail,
    exactness_note,
    needs,
    told_at,
    told_percentile,
)
from servebench.report.exactness import Exactness
from servebench.words import Bound, Loop, VerdictWord


def common_rate(
    cells: pd.DataFrame, findings: Findings, window_s: float, exactness: Exactness, at_capacity: Point | None
) -> CommonTail | None:
    """The one of a model, of all its cells with windows of so many seconds; None where no rate was measured.

    Beside its tail stands that `at_capacity`, where the systems show theirs.
    """
    asked = cells[(cells["loop"] == Loop.OPEN) & (cells["repeats"] > 0)]
    groups = by_point(asked)
    point = max(groups, key=lambda name: _weight(groups[name]), default=None)
    if point is None:
        return None
    rows = groups[point]
    metric = told_percentile([row for row in rows if _holds(row)]) or told_percentile(rows) or TAILS[0]
    tails = [_tail(row, rows, point, metric, findings, window_s, exactness) for row in rows]
    return CommonTail(
        point,
        metric,
        tuple(replace(tail, others=told_at(tail.system, metric, at_capacity, findings, exactness)) for tail in tails),
    )


def _weight(rows: list[Any]) -> tuple[int, int, float]:
    """Most systems that hold the rate, then most that were asked, then the highest rate that is served."""
    served_rps = [float(row[THROUGHPUT]) for row in rows if pd.notna(row[THROUGHPUT])]
    return sum(map(_holds, rows)), len(rows), max(served_rps, default=0.0)


def _holds(row: Any) -> bool:
    return VerdictWord.of(row["verdict"]).holds_rate


def _tail(
    row: Any, rows: list[Any], point: Point, metric: str, findings: Findings, window_s: float, exactness: Exactness
) -> Tail:
    system = str(row["system"])
    found = findings.figure(metric, system, point)
    lacks = needs(row, TAILS[0] if found else metric, window_s, rows)
    lacks = lacks or ("" if found else IN_FEW_SECONDS)
    if _holds(row):
        return Tail(system, True, found, "", lacks, right_to=exactness_note(exactness, found))
    # What was sent late or held up is at most as slow as it looks; of an overload no percentile means anything.
    if found is not None and found.bound is not Bound.AT_MOST:
        return Tail(system, False, None, why_not(row))
    return Tail(system, False, found, why_not(row), lacks, right_to=exactness_note(exactness, found))
