"""Where a figure of a cell lies, by the table of cells."""

import math
from typing import Any

import pandas as pd

from servebench.analyse.bounds import bound_of
from servebench.analyse.metrics import CellFigure, Metric
from servebench.analyse.text import MISSING
from servebench.gate.decide import Evidence
from servebench.report.format import figure, interval_text
from servebench.thresholds import LEAST_REPEATS

# A server that died answered nobody, and its trial counts no errors.
OF_ERRORS = ("errors_total", "error_rate")
NOT_TOLD = "this cell does not tell it"
NO_PERCENTILE = "too few requests lie beyond it, or not all users were served"


def cell_evidence(cell: Any, metric: Metric, resolution_ms: float | None = None) -> Evidence:
    """What a row of the table of cells says of a metric, which the instrument may be off by its resolution."""
    if not cell["repeats"]:
        reason = cell["reason"]
        return Evidence(MISSING, reason="not measured" if pd.isna(reason) else f"not measured: {reason}")
    if pd.isna(cell[metric.name]):
        return Evidence(MISSING, reason=NOT_TOLD if metric.percentile is None else NO_PERCENTILE)
    return _of_interval(cell, metric, resolution_ms) if metric.cell is CellFigure.INTERVAL else _counted(cell, metric)


def _of_interval(cell: Any, metric: Metric, resolution_ms: float | None) -> Evidence:
    low, high = (cell[column.name] for column in metric.cell_columns[1:3])
    bound = bound_of(cell, metric)
    text = f"{bound.mark}{interval_text(cell[metric.name], low, high)}"
    if pd.isna(low) or pd.isna(high):
        return Evidence(text, reason=f"no interval: fewer than {LEAST_REPEATS} repeats that count")
    off = resolution_ms or 0.0
    widened = f"the interval holds the limit, {off:.2g} ms added at each end, which percentiles may be off here"
    return Evidence(
        text,
        -math.inf if bound.is_upper else float(low) - off,
        math.inf if bound.is_lower else float(high) + off,
        bound.reason or (widened if off else ""),
    )


def _counted(cell: Any, metric: Metric) -> Evidence:
    counted, died = float(cell[metric.name]), int(cell["trials_died"])
    if died and metric.name in OF_ERRORS:
        return Evidence(f"≥ {figure(counted)}", counted, reason=f"the server died in {died} of the trials")
    return Evidence(figure(counted), counted, counted)
