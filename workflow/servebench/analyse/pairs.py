"""Pairs of systems at one load, side by side in blocks; and which of their figures is the primary one."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from servebench.analyse.metrics import Metric, catalogue, primary_at
from servebench.analyse.rows import BLOCK, POINT, is_measured
from servebench.load_point import parse_load_point
from servebench.words import Loop

# Model, generator and load point.
Point = tuple[str, str, str]
# Campaign, repeat and node, which is empty where no cluster placed the trial.
Block = tuple[str, int, str]
# The place of each block's trial in the table of trials.
_Places = dict[Block, int]
# Where a pair meets at several loads, its primary figure is that of the first of these.
PRIMARY_LOOPS = (Loop.OBJECTIVE, Loop.CLOSED, Loop.OPEN, Loop.SHARE)


@dataclass(frozen=True)
class Paired:
    """A figure of both systems in every block where both have it: the blocks' campaigns, and the figures."""

    campaigns: tuple[str, ...]
    a: tuple[float, ...]
    b: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.campaigns)

    def of(self, campaign: str) -> "Paired":
        """Those of one campaign's blocks."""
        kept = [place for place, name in enumerate(self.campaigns) if name == campaign]
        a, b = (tuple(values[place] for place in kept) for values in (self.a, self.b))
        return Paired((campaign,) * len(kept), a, b)

    @cached_property
    def logs(self) -> list[float]:
        """The logarithm of each block's ratio; none where a value is not positive."""
        if any(value <= 0 for value in (*self.a, *self.b)):
            return []
        return [math.log(a / b) for a, b in zip(self.a, self.b, strict=True)]


@dataclass(frozen=True)
class Pair:
    """Two systems at one load: their measured trials by block, and whether this load has the pair's primary figure.

    `figures` are the columns of the table of trials, in which both have the places of the blocks that they share.
    """

    point: Point
    systems: tuple[str, str]
    blocks: tuple[Block, ...]
    places: tuple[Any, Any]
    figures: Mapping[str, Any]
    is_at_primary_point: bool

    @cached_property
    def loop(self) -> Loop:
        """By which loop the load is sent."""
        return parse_load_point(self.point[2]).loop

    def values(self, metric: Metric) -> Paired:
        """The figure of both in every block where both have it."""
        a, b = (self.figures[metric.name][places] for places in self.places)
        kept = np.flatnonzero(~(np.isnan(a) | np.isnan(b)))
        campaigns = tuple(self.blocks[place][0] for place in kept)
        return Paired(campaigns, tuple(a[kept].tolist()), tuple(b[kept].tolist()))

    def is_primary(self, metric: Metric) -> bool:
        """Whether the figure is the one by which this pair is claimed to differ: one a pair, model and generator.

        It follows from the loads that were asked, never from what came out.
        """
        return self.is_at_primary_point and metric.name == primary_at(self.loop).name


def pairs_of(trials: pd.DataFrame) -> Iterator[Pair]:
    """Every two systems at every load at which both were measured."""
    measured = trials[is_measured(trials)]
    figures = _figures(measured)
    points = _points(measured)
    primary = _primary_points(points)
    for point, systems in points.items():
        for first, second in combinations(sorted(systems), 2):
            left, right = systems[first], systems[second]
            blocks = tuple(block for block in left if block in right)
            places = tuple(np.array([of[block] for block in blocks], dtype=np.int64) for of in (left, right))
            is_primary = primary[(*point[:2], first, second)] == point
            yield Pair(point, (first, second), blocks, (places[0], places[1]), figures, is_primary)


def _figures(measured: pd.DataFrame) -> dict[str, Any]:
    """The columns in which systems are contrasted, not a number where a trial lacks the figure."""
    names = [metric.name for metric in catalogue() if metric.contrast]
    return {name: measured[name].to_numpy(dtype=float, na_value=np.nan) for name in names}


def _points(measured: pd.DataFrame) -> dict[Point, dict[str, _Places]]:
    """The trials of every load, in their order, by system."""
    found: dict[Point, dict[str, _Places]] = {}
    names = [measured[name].tolist() for name in (*POINT, "system", *BLOCK)]
    for place, (model, generator, load_point, system, campaign, repeat, node) in enumerate(zip(*names, strict=True)):
        systems = found.setdefault((str(model), str(generator), str(load_point)), {})
        block = (str(campaign), int(repeat), str(node))
        systems.setdefault(str(system), {})[block] = place
    return found


def _primary_points(points: Mapping[Point, Iterable[str]]) -> dict[tuple[str, str, str, str], Point]:
    """For model, generator and two systems: the load that weighs most of those that both have."""
    found: dict[tuple[str, str, str, str], Point] = {}
    for point in sorted(points, key=_weight):
        for first, second in combinations(sorted(points[point]), 2):
            found[(*point[:2], first, second)] = point
    return found


def _weight(point: Point) -> tuple[int, int, int]:
    load = parse_load_point(point[2])
    amount = load.users or load.rate_rps or 0
    # Of several numbers of rows the least: what a request costs is not yet shared out.
    return -PRIMARY_LOOPS.index(load.loop), amount, -load.rows
