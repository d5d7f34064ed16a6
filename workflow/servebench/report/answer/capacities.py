"""What is known of each system's capacity, at the load that shows most systems' capacities or elsewhere."""

import math
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT
from servebench.analyse.pairs import Point
from servebench.load_point import parse_load_point
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.findings import Findings
from servebench.report.answer.points import by_point
from servebench.thresholds import SMALLEST_EFFECT
from servebench.words import Loop, VerdictWord

# Loads at which the server, and not the config, says how much is served.
SERVERS_OWN = (Loop.CLOSED, Loop.OBJECTIVE)
# What a reason begins with where not all repeats say the same.
SHARE = re.compile(r"^[a-z -]+ in \d+ of \d+ repeats: ")


@dataclass(frozen=True)
class Standing:
    """A system's capacity, or the bound that stands for it; None where nothing tells it.

    `absence` says why it has no place among the others at the common load, and is empty where it has one. `word` is its
    verdict there, or where it was measured first. `larger` is what it served with other users, where that is more.
    """

    system: str
    is_measured: bool
    capacity: Conclusion | None
    absence: str
    word: VerdictWord | None = None
    larger: Conclusion | None = None

    @property
    def is_unclear(self) -> bool:
        """Whether it was measured and yet has no place: nobody knows whether it would be first."""
        return self.is_measured and not self.is_ranked

    @property
    def is_ranked(self) -> bool:
        """Whether it is compared with the others."""
        return not self.absence


@dataclass(frozen=True)
class Capacities:
    """The capacities of a model's systems, in the tables' order, and the load at which they are compared."""

    point: Point | None
    standings: tuple[Standing, ...]


def capacities_of(cells: pd.DataFrame, findings: Findings) -> Capacities:
    """Those of a model; `cells` are all of its cells, measured or not."""
    point = common_point(cells)
    systems = [(str(name), group) for name, group in cells.groupby("system", sort=False)]
    return Capacities(point, tuple(_standing(name, group, point, findings) for name, group in systems))


def common_point(cells: pd.DataFrame) -> Point | None:
    """Of a model's cells the load with most capacities, then with most that compare, most systems, a closed loop.

    Of several such loads it is one of the config's first generator, and the one where all together serve the most, by
    the geometric mean: no system's own best load.
    """
    groups = by_point(cells[_tells(cells)])
    generators = list(dict.fromkeys(cells["generator"]))
    return max(groups, key=lambda point: (*_weight(groups[point]), *_nearest(groups[point], generators)), default=None)


def answered_points(cells: pd.DataFrame) -> list[Point]:
    """The load of each model's answer, of the models that have one."""
    points = [common_point(group) for _, group in cells.groupby("model", sort=False)]
    return [point for point in points if point is not None]


def _nearest(rows: list[Any], generators: list[Any]) -> tuple[int, float]:
    """What decides between loads that tell as much of as many."""
    return -generators.index(rows[0]["generator"]), sum(math.log(float(row[THROUGHPUT])) for row in rows)


def _weight(rows: list[Any]) -> tuple[int, int, int, bool]:
    known, compared = sum(_word(row).is_capacity for row in rows), sum(map(_is_compared, rows))
    # One alone compares with nothing.
    return known, compared if compared > 1 else 0, len(rows), bool(rows[0]["loop"] == Loop.CLOSED)


def _tells(cells: pd.DataFrame) -> "pd.Series[bool]":
    """Which cells show a capacity or a bound of one."""
    told = [
        row["repeats"] > 0
        and pd.notna(row[THROUGHPUT])
        and row["loop"] in SERVERS_OWN
        and (_word(row).is_capacity or bool(row["throughput_is_lower_bound"]))
        for _, row in cells.iterrows()
    ]
    return pd.Series(told, cells.index, dtype=bool)


def _word(row: Any) -> VerdictWord:
    return VerdictWord.of(row["verdict"])


def _is_compared(row: Any) -> bool:
    """Whether a ratio of two such figures may be claimed, or bounded."""
    return _word(row).is_capacity or _word(row) is VerdictWord.GENERATOR_BOUND


def _point_of(row: Any) -> Point:
    return str(row["model"]), str(row["generator"]), str(row["load_point"])


def _standing(system: str, cells: pd.DataFrame, common: Point | None, findings: Findings) -> Standing:
    is_measured, absence = bool((cells["repeats"] > 0).any()), _absence(cells, common)
    point = _own_point(cells, common) if absence else common
    capacity = None if point is None else findings.figure(THROUGHPUT, system, point)
    larger = None if absence or common is None else _larger(cells, common, capacity, findings)
    return Standing(system, is_measured, capacity, absence, _told_word(cells, common), larger)


def _larger(cells: pd.DataFrame, common: Point, capacity: Conclusion | None, findings: Findings) -> Conclusion | None:
    """The most that a system served with other users of the generator; None where that is no more, in substance."""
    _, generator, load_point = common
    rows = parse_load_point(load_point).rows
    others = [_point_of(row) for _, row in cells.iterrows() if row["loop"] == Loop.CLOSED]
    alike = [point for point in others if point[1] == generator and parse_load_point(point[2]).rows == rows]
    found = [findings.figure(THROUGHPUT, str(cells.iloc[0]["system"]), point) for point in alike]
    most = max((figure for figure in found if figure), key=lambda figure: figure.estimate or 0.0, default=None)
    if most is None or capacity is None or capacity.estimate is None or most.estimate is None:
        return None
    return most if most.estimate > capacity.estimate * (1 + SMALLEST_EFFECT) else None


def _told_word(cells: pd.DataFrame, common: Point | None) -> VerdictWord | None:
    """The verdict at the common load, else at the first that was measured; None where none was."""
    measured = [row for _, row in cells.iterrows() if row["repeats"] > 0]
    there = [row for row in measured if _point_of(row) == common]
    return next((_word(row) for row in (*there, *measured)), None)


def _own_point(cells: pd.DataFrame, common: Point | None) -> Point | None:
    """Where a system that is not compared shows most of its capacity; None where it does nowhere."""
    rows = [row for _, row in cells[_tells(cells)].iterrows()]
    best = max(rows, key=lambda row: _own_weight(row, common), default=None)
    return None if best is None else _point_of(best)


def _own_weight(row: Any, common: Point | None) -> tuple[bool, bool, float]:
    return _word(row).is_capacity, _point_of(row) == common, float(row[THROUGHPUT])


def _absence(cells: pd.DataFrame, common: Point | None) -> str:
    """Why a system is not compared at the common load; empty where it is."""
    if (cells["repeats"] == 0).all():
        return why_not(cells.iloc[0])
    there = [row for _, row in cells.iterrows() if _point_of(row) == common]
    if there:
        row = there[0]
        return "" if row["repeats"] > 0 and _is_compared(row) else why_not(row)
    if common is not None:
        return f"not asked with {parse_load_point(common[2]).label} by {common[1]}"
    row = next(row for _, row in cells.iterrows() if row["repeats"] > 0)
    return why_not(row)


def why_not(row: Any) -> str:
    """What kept a cell from telling a figure: its verdict and the reason's first clause, or why it was not measured."""
    if row["repeats"] > 0:
        return f"{row['verdict']}: {SHARE.sub('', str(row['verdict_reason'])).partition(': ')[0]}"
    return "not measured" if pd.isna(row["reason"]) else f"not measured: {row['reason']}"
