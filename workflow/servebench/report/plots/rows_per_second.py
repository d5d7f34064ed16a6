"""Rows a second by rows a request."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import ROWS_A_SECOND, metric_of
from servebench.analyse.rows import load_of
from servebench.config import Config
from servebench.report.data import StudyData
from servebench.report.plots.clauses import LOWER_BOUND
from servebench.report.plots.frames import throughput_frame
from servebench.report.plots.lines import lines
from servebench.report.plots.need import NO_CLOSED_LOOP, Need
from servebench.report.plots.panels import Panels
from servebench.report.plots.plot import Plot


def _data(data: StudyData) -> pd.DataFrame:
    """The closed loops, with a panel a model, generator and number of users."""
    frame = throughput_frame(data.closed_cells, ROWS_A_SECOND, ["users", "rows"])
    panels = [f"{row['model']}, load by {row['generator']}, {load_of(row).load_label}" for _, row in frame.iterrows()]
    return frame.assign(panel=panels)


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    chart = lines(data, frame, ROWS_A_SECOND, metric_of(ROWS_A_SECOND).title, "rows", "rows a request")
    return Panels.of(frame).of_chart(chart)


def _has_several(config: Config) -> bool:
    return len(config.every_rows) > 1


PLOT = Plot(
    "rows_per_second",
    "Rows predicted a second by rows a request, {confidence} interval",
    "Where two lines cross, the better system changes with the size of the batch.",
    _data,
    _draw,
    Need(NO_CLOSED_LOOP, "two numbers of rows a request", "rows", _has_several),
    (LOWER_BOUND,),
)
