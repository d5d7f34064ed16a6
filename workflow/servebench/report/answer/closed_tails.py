"""The tail of each system's latency under the users who show its capacity, where no system holds a rate."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from servebench.analyse.metrics import TAILS
from servebench.analyse.pairs import Point
from servebench.load_point import parse_load_point
from servebench.report.answer.capacities import why_not
from servebench.report.answer.findings import Findings
from servebench.report.answer.points import by_point
from servebench.report.answer.tails import IN_FEW_SECONDS, CommonTail, Tail, exactly, exactness_note, needs, told_at
from servebench.report.exactness import Exactness
from servebench.words import Loop, VerdictWord

WAITING = "Users wait for each other here: the mean of their latencies is their number over the throughput"
UNSERVED = "not all users were served"


def waiting_remark(rate: CommonTail | None, capacities_rps: Sequence[float]) -> str:
    """How such latencies are read, and which config tells others: `rate` is one that no system holds."""
    # Without a thousands separator, as YAML reads it.
    half_rps = max(1, int(float(f"{min(capacities_rps, default=0.0) / 2:.2g}")))
    least = f" (`rates: [{half_rps}]` is half of the least capacity)" if capacities_rps else ""
    if rate is None:
        return f"{WAITING}; `rates` in the config asks all systems the same rate{least}."
    return f"{WAITING}. No system holds {rate.place}: ask less by `rates` in the config{least}."


def closed_tails(
    cells: pd.DataFrame, wished: Point | None, findings: Findings, window_s: float, exactness: Exactness
) -> CommonTail | None:
    """The tails of a model at the load `wished`, else at the closed loop of most systems; None where there is none."""
    asked = cells[(cells["loop"] == Loop.CLOSED) & (cells["repeats"] > 0)]
    groups = by_point(asked)
    point = wished if wished in groups else max(groups, key=lambda name: len(groups[name]), default=None)
    if point is None:
        return None
    rows = groups[point]
    metric = _most_told(rows)
    fewest = _fewest_users(list(groups), point)
    tails = [_tail(row, rows, point, metric, fewest, findings, window_s, exactness) for row in rows]
    return CommonTail(point, metric, tuple(tails))


def _most_told(rows: list[Any]) -> str:
    """The percentile that most systems tell, and of those the one that matters most."""
    return max(TAILS, key=lambda name: sum(bool(pd.notna(row[name])) for row in rows))


def _fewest_users(points: list[Point], point: Point) -> Point | None:
    """The same load with the fewest users; None where that is the load itself."""
    load = parse_load_point(point[2])
    alike = [found for found in points if found[:2] == point[:2] and parse_load_point(found[2]).rows == load.rows]
    fewest = min(alike, key=lambda found: parse_load_point(found[2]).users or 0)
    return None if fewest == point else fewest


def _tail(
    row: Any,
    rows: list[Any],
    point: Point,
    metric: str,
    fewest: Point | None,
    findings: Findings,
    window_s: float,
    exactness: Exactness,
) -> Tail:
    system = str(row["system"])
    found = findings.figure(metric, system, point)
    if VerdictWord.of(row["verdict"]) is VerdictWord.OVERLOAD:
        # Of what was answered beside errors no percentile means anything.
        return Tail(system, False, None, why_not(row))
    lacks = needs(row, TAILS[0] if found else metric, window_s, rows)
    if found is None and not lacks:
        lacks = UNSERVED if all(pd.isna(row[name]) for name in TAILS) else IN_FEW_SECONDS
    larger, alone = (
        _larger(system, point, metric, findings, exactness),
        told_at(system, metric, fewest, findings, exactness),
    )
    others = "; ".join(text for text in (larger, alone) if text)
    return Tail(system, True, found, "", lacks, others, exactness_note(exactness, found))


def _larger(system: str, point: Point, metric: str, findings: Findings, exactness: Exactness) -> str:
    """The percentile that matters most, where the tile has another one and this system tells it."""
    found = None if metric == TAILS[0] else findings.figure(TAILS[0], system, point)
    return "" if found is None else exactly(found, exactness)
