"""Throughput by users."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.report.data import StudyData
from servebench.report.plots.marks import IS_BOUND, altair, bound_marks, cell_columns, colour, facets, lines, users_axis
from servebench.report.plots.plot import Plot

METRIC = "throughput_rps"


def _data(data: StudyData) -> pd.DataFrame:
    return cell_columns(data.closed_cells, "users", [METRIC])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt, title = altair(), metric_of(METRIC).title
    chart = lines(data, frame, METRIC, title, "log")
    base = alt.Chart(frame).encode(x=users_axis(frame), y=alt.Y(f"{METRIC}:Q", title=title), color=colour(data))
    return facets(data, chart + bound_marks(base, IS_BOUND))


PLOT = Plot("throughput", "Throughput by users, {confidence} interval; ≥ marks a lower bound", _data, _draw)
