"""Pairs of systems at one load, side by side in blocks; and which of their figures is the primary one."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from servebench.analyse.metrics import Metric, primary_at
from servebench.analyse.rows import BLOCK, POINT, is_measured
from servebench.load_point import parse_load_point
from servebench.words import Loop

# Model, generator and load point.
Point = tuple[str, str, str]
# Where a pair meets at several loads, its primary figure is that of the first of these.
PRIMARY_LOOPS = (Loop.OBJECTIVE, Loop.CLOSED, Loop.OPEN, Loop.SHARE)


@dataclass(frozen=True)
class Pair:
    """Two systems at one load: their measured trials by block, and whether this load has the pair's primary figure."""

    point: Point
    systems: tuple[str, str]
    left: pd.DataFrame
    right: pd.DataFrame
    is_at_primary_point: bool

    @property
    def blocks(self) -> pd.Index:
        """The blocks (campaign, repeat) that have both."""
        return self.left.index.intersection(self.right.index)

    @property
    def loop(self) -> Loop:
        """By which loop the load is sent."""
        return parse_load_point(self.point[2]).loop

    def values(self, metric: Metric) -> pd.DataFrame:
        """The figure of both in every block where both have it, as columns `a` and `b`."""
        blocks = self.blocks
        both = {"a": self.left.loc[blocks, metric.name], "b": self.right.loc[blocks, metric.name]}
        return pd.DataFrame(both).dropna().astype(float)

    def is_primary(self, metric: Metric) -> bool:
        """Whether the figure is the one by which this pair is claimed to differ: one a pair, model and generator.

        It follows from the loads that were asked, never from what came out.
        """
        return self.is_at_primary_point and metric == primary_at(self.loop)


def pairs_of(trials: pd.DataFrame) -> Iterator[Pair]:
    """Every two systems at every load at which both were measured."""
    groups = {
        (str(model), str(generator), str(load_point)): group
        for (model, generator, load_point), group in trials[is_measured(trials)].groupby(POINT, sort=False)
    }
    primary = _primary_points(groups)
    for point, group in groups.items():
        for systems in combinations(sorted({str(name) for name in group["system"]}), 2):
            left, right = (group[group["system"] == name].set_index(BLOCK) for name in systems)
            yield Pair(point, systems, left, right, primary[(*point[:2], *systems)] == point)


def _primary_points(groups: dict[Point, pd.DataFrame]) -> dict[tuple[str, str, str, str], Point]:
    """For model, generator and two systems: the load that weighs most of those that both have."""
    found: dict[tuple[str, str, str, str], Point] = {}
    for point in sorted(groups, key=_weight):
        for first, second in combinations(sorted({str(name) for name in groups[point]["system"]}), 2):
            found[(*point[:2], first, second)] = point
    return found


def _weight(point: Point) -> tuple[int, int, int]:
    load = parse_load_point(point[2])
    amount = load.users or load.rate_rps or 0
    # Of several numbers of rows the least: what a request costs is not yet shared out.
    return -PRIMARY_LOOPS.index(load.loop), amount, -load.rows
