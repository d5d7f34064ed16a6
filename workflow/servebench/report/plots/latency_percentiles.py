"""Latency percentiles by users."""

from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots.marks import (
    altair,
    bound_marks,
    by_percentile,
    cell_columns,
    colour,
    lines,
    row_of_panels,
    users_axis,
)
from servebench.report.plots.plot import Plot

PERCENTILES = ["latency_p50_ms", "latency_p95_ms", "latency_p99_ms"]


def _data(data: StudyData) -> pd.DataFrame:
    return by_percentile(cell_columns(data.closed_cells, "users", PERCENTILES), PERCENTILES, "users")


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    title = "latency (ms)"
    points = lines(data, frame, "latency_ms", title, "log").properties(width=240)
    base = alt.Chart(frame).encode(x=users_axis(frame), y=alt.Y("latency_ms:Q", title=title), color=colour(data))
    chart = points + bound_marks(base, "is_lower_bound")
    return chart.facet(column=alt.Column("percentile:N", title=None), **row_of_panels(data))


PLOT = Plot(
    "latency_percentiles",
    "Latency percentiles by users, {confidence} interval (at saturation: users over throughput); ≥ marks a lower bound",
    _data,
    _draw,
)
