"""Throughput at the load of the answer, with its verdict."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT, metric_of
from servebench.analyse.rows import POINT, rows_of
from servebench.report.answer.capacities import common_point
from servebench.report.data import StudyData
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import (
    at_most_load,
    figure_texts,
    panel_a_load,
    throughput_frame,
)
from servebench.report.plots.need import CLOSED_LOOP
from servebench.report.plots.plot import Plot


def _data(data: StudyData) -> pd.DataFrame:
    """A closed loop of each model and generator: one row a system, with its figure and verdict as text."""
    frame = panel_a_load(throughput_frame(_cells(data), THROUGHPUT, ["users"]))
    return frame.assign(figure=figure_texts(frame, THROUGHPUT), note=frame["verdict"])


def _cells(data: StudyData) -> pd.DataFrame:
    """Those of the answer's load where it is a closed loop; of each other generator, or rows, those of most users."""
    closed, others = data.closed_cells, at_most_load(data.closed_cells)
    answered = [common_point(cells) for _, cells in data.cells.groupby("model", sort=False)]
    points = zip(*(closed[name] for name in POINT), strict=True)
    at_answer = closed[pd.Series([point in answered for point in points], closed.index, dtype=bool)]
    told = set(_panels(at_answer))
    untold = pd.Series([panel not in told for panel in _panels(others)], others.index, dtype=bool)
    return pd.concat([at_answer, others[untold]]).sort_index()


def _panels(cells: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Of each row which part of the picture it is drawn in: model, generator and rows a request."""
    return list(zip(cells["model"], cells["generator"], rows_of(cells), strict=True))


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, THROUGHPUT, metric_of(THROUGHPUT).title).draw()


PLOT = Plot(
    "overview",
    "Requests a second that each system serves, {confidence} interval",
    "Further right is more, on a logarithmic axis, at the answer's load (of another generator, at its most users). "
    "Beside each point stand its figure and the verdict; an arrow and ≥ mark a lower bound: the server may do more.",
    _data,
    _draw,
    CLOSED_LOOP,
)
