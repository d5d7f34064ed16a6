"""Throughput at the most users, with its verdict."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT, metric_of
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
    """Each generator's largest closed loop: one row a system, with its figure and verdict as text."""
    frame = panel_a_load(throughput_frame(at_most_load(data.closed_cells), THROUGHPUT, ["users"]))
    return frame.assign(figure=figure_texts(frame, THROUGHPUT), note=frame["verdict"])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, THROUGHPUT, metric_of(THROUGHPUT).title).draw()


PLOT = Plot(
    "overview",
    "Requests a second that each system serves at the most users, {confidence} interval",
    "Further right is more, on a logarithmic axis. Beside each point stand its figure and the verdict; an "
    "arrow and ≥ mark a lower bound: the server may do more.",
    _data,
    _draw,
    CLOSED_LOOP,
)
