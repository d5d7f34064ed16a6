"""What the inference and the framework each cost: the table of factors, in CPU microseconds per request."""

import math
from collections.abc import Sequence

import pandas as pd

from servebench.analyse.contrasts import ALL, find_contrast
from servebench.analyse.criteria import Criteria
from servebench.analyse.factors import Factor, factors_of
from servebench.analyse.metrics import metric_of
from servebench.analyse.pairs import Point
from servebench.analyse.rows import BLOCK, POINT, is_measured
from servebench.analyse.statistics import Interval, log_interval
from servebench.load_point import parse_load_point
from servebench.report.data import StudyData
from servebench.report.format import confidence_text, figure, interval_text, markdown_table
from servebench.report.intervals import has_intervals
from servebench.report.measured_roles import measured_roles

COST = "cpu_us_per_request"
NOTE = (
    "The factors multiply to the whole; their logarithms add up, so a share is of the logarithm. They are of blocks in "
    "which all three were measured{intervals}. The chart subtracts microseconds one step after the other: "
    "there the first step has most of them, whichever it is."
)


def factors(data: StudyData) -> str:
    """The table of FastAPI, the same with the compiled model, and C++; empty where one of them was not measured."""
    found = measured_roles(data)
    if found is None or found.roles.compiled is None:
        return ""
    table = _table(data, found.points, [found.roles.python, found.roles.compiled, found.roles.cpp])
    return f"## What the inference costs, and what the framework\n\n{table}" if table else ""


def _table(data: StudyData, points: Sequence[Point], systems: list[str]) -> str:
    """The table for three systems, from the dearest: `systems` differ first in inference, then in framework.

    `points` are (model, generator, load point). Empty where no point has all three.
    """
    confidence = Criteria.of(data.config).confidence
    steps = ["inference: scikit-learn over compiled", f"framework: FastAPI over {systems[-1]}"]
    rows = []
    for point in points:
        costs = _costs(_claimed_blocks(data, point, systems), point, systems)
        for step, (name, factor) in enumerate(zip(steps, factors_of(costs, confidence), strict=False)):
            rows.append(
                [
                    name,
                    parse_load_point(point[2]).label,
                    point[1],
                    *_cells(costs[step], costs[step + 1], factor, confidence),
                ]
            )
    if not rows:
        return ""
    header = [
        "factor",
        "load",
        "generator",
        f"{metric_of(COST).title}, before",
        "after",
        "ratio",
        "ln(ratio)",
        "share of the whole (%)",
    ]
    intervals = f", with {confidence_text(confidence)} intervals" if has_intervals(data) else ""
    return f"{markdown_table(header, rows)}\n\n{NOTE.format(intervals=intervals)}"


def _claimed_blocks(data: StudyData, point: Point, systems: list[str]) -> pd.DataFrame:
    """The trials of the campaign of which the whole ratio is claimed; of all where they are pooled."""
    whole = find_contrast(data.contrasts, COST, systems[0], systems[-1], point)
    if whole is None or whole.campaign in (None, ALL):
        return data.trials
    return data.trials[data.trials["campaign"] == whole.campaign]


def _costs(trials: pd.DataFrame, point: Point, systems: list[str]) -> list[list[float]]:
    """Each system's cost in every block that has all systems."""
    measured = trials[is_measured(trials)]
    for name, value in zip(POINT, point, strict=True):
        measured = measured[measured[name] == value]
    blocks = measured.pivot(index=BLOCK, columns="system", values=COST)
    if not set(systems) <= set(blocks.columns):
        return [[] for _ in systems]
    whole = blocks[systems].dropna()
    return [[float(value) for value in whole[system]] for system in systems]


def _cells(before: list[float], after: list[float], factor: Factor, confidence: float) -> list[str]:
    return [
        *(_text(log_interval(costs, confidence)) for costs in (before, after)),
        _text(factor.ratio),
        figure(math.log(factor.ratio.estimate)),
        _text(factor.share, 100),
    ]


def _text(interval: Interval | None, scale: float = 1.0) -> str:
    assert interval is not None
    values = (interval.estimate, interval.low, interval.high)
    return interval_text(*(None if value is None else value * scale for value in values))
