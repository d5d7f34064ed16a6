"""Rows a second by rows a request."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import load_of
from servebench.config import Config
from servebench.report.data import StudyData
from servebench.report.plots.marks import (
    IS_BOUND,
    PANEL_COLUMNS,
    altair,
    bound_marks,
    cell_columns,
    colour,
    lines,
    rows_axis,
)
from servebench.report.plots.plot import Plot

METRIC = "rows_per_s"


def _data(data: StudyData) -> pd.DataFrame:
    """The closed loops, with a panel a model, generator and number of users."""
    frame = cell_columns(data.closed_cells, "users", [METRIC])
    points = [load_of(row) for _, row in frame.iterrows()]
    panels = [
        f"{row['model']}, load by {row['generator']}, {point.load_label}"
        for (_, row), point in zip(frame.iterrows(), points, strict=True)
    ]
    return frame.assign(rows=[point.rows for point in points], panel=panels)


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt, title = altair(), metric_of(METRIC).title
    axis = rows_axis(frame)
    base = alt.Chart(frame).encode(x=axis, y=alt.Y(f"{METRIC}:Q", title=title), color=colour(data))
    chart = lines(data, frame, METRIC, title, "log", axis) + bound_marks(base, IS_BOUND)
    facet = alt.Facet("panel:N", title=None, sort=list(frame["panel"].unique()))
    return chart.facet(facet=facet, columns=PANEL_COLUMNS)


def _has_several(config: Config) -> bool:
    return len(config.every_rows) > 1


PLOT = Plot(
    "rows_per_second",
    "Rows a second by rows a request, {confidence} interval; ≥ marks a lower bound",
    _data,
    _draw,
    _has_several,
)
