"""What the inference and the framework each cost: the table of factors, in CPU microseconds per request."""

import math

import pandas as pd

from servebench.analyse.factors import Factor, factors_of
from servebench.analyse.metrics import metric_of
from servebench.analyse.pairs import Point
from servebench.analyse.rows import BLOCK, POINT, is_measured
from servebench.analyse.statistics import Interval, log_interval
from servebench.report.format import figure, interval_text, markdown_table

COST = "cpu_us_per_request"
NOTE = (
    "The factors multiply to the whole; their logarithms add up, so a share is of the logarithm. "
    "Intervals are 95 %, over blocks in which all three were measured."
)


def factors_table(trials: pd.DataFrame, points: list[Point], systems: list[str]) -> str:
    """The table for three systems, from the dearest: `systems` differ first in inference, then in framework.

    `points` are (model, generator, load point). Empty where no point has all three.
    """
    steps = ["inference: scikit-learn over compiled", f"framework: FastAPI over {systems[-1]}"]
    rows = []
    for point in points:
        costs = _costs(trials, point, systems)
        for step, (name, factor) in enumerate(zip(steps, factors_of(costs), strict=False)):
            rows.append([name, point[1], *_cells(costs[step], costs[step + 1], factor)])
    if not rows:
        return ""
    header = [
        "factor",
        "generator",
        f"{metric_of(COST).title}, before",
        "after",
        "ratio",
        "ln(ratio)",
        "share of the whole (%)",
    ]
    return f"{markdown_table(header, rows)}\n\n{NOTE}"


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


def _cells(before: list[float], after: list[float], factor: Factor) -> list[str]:
    return [
        *(_text(log_interval(costs)) for costs in (before, after)),
        _text(factor.ratio),
        figure(math.log(factor.ratio.estimate)),
        _text(factor.share, 100),
    ]


def _text(interval: Interval | None, scale: float = 1.0) -> str:
    assert interval is not None
    values = (interval.estimate, interval.low, interval.high)
    return interval_text(*(None if value is None else value * scale for value in values))
