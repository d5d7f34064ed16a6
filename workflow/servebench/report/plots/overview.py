"""Throughput at the load of the answer, with its verdict."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT, metric_of
from servebench.report.data import StudyData
from servebench.report.plots.clauses import LOWER_BOUND
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import figure_texts, panel_a_load, throughput_frame
from servebench.report.plots.need import CLOSED_LOOP
from servebench.report.plots.plot import Plot
from servebench.report.plots.told_load import at_told_load


def _data(data: StudyData) -> pd.DataFrame:
    """A closed loop of each model and generator: one row a system, with its figure and verdict as text."""
    frame = panel_a_load(throughput_frame(at_told_load(data, data.closed_cells), THROUGHPUT, ["users"]))
    return frame.assign(figure=figure_texts(frame, THROUGHPUT), note=frame["verdict"])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, THROUGHPUT, metric_of(THROUGHPUT).title).draw()


PLOT = Plot(
    "overview",
    "Requests a second that each system serves, {confidence} interval",
    "Further right is more, on a logarithmic axis, at the answer's load (of another generator, at its most users). "
    "Beside each point stand its figure and the verdict.",
    _data,
    _draw,
    CLOSED_LOOP,
    (LOWER_BOUND,),
)
