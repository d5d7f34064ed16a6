"""Errors by users."""

from typing import Any

import pandas as pd

from servebench.analyse.rows import CELL
from servebench.report.data import StudyData
from servebench.report.plots.marks import altair, colour, facets, shape, users_axis, with_panel
from servebench.report.plots.plot import Plot
from servebench.report.style import HEIGHT, WIDTH


def _data(data: StudyData) -> pd.DataFrame:
    return with_panel(data.closed_cells[[*CELL, "users", "error_rate"]])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    largest = max(0.01, float(frame["error_rate"].max() or 0))
    axis = alt.Y(
        "error_rate:Q", title="errors (% of answers)", axis=alt.Axis(format="~%"), scale=alt.Scale(domain=[0, largest])
    )
    base = alt.Chart(frame).encode(x=users_axis(frame), y=axis, color=colour(data))
    chart = base.mark_line() + base.mark_point(filled=True, size=70).encode(shape=shape(data))
    return facets(data, chart.properties(width=WIDTH, height=HEIGHT))


PLOT = Plot("errors", "Errors by users", _data, _draw)
