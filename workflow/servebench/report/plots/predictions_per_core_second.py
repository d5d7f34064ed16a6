"""Predictions that a second of one CPU buys."""

from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots.cpu_per_prediction import CPU, CPU_HIGH, CPU_LOW, cpu_per_prediction
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import figure_texts
from servebench.report.plots.need import METER
from servebench.report.plots.plot import Plot

VALUE = "predictions_per_core_s"
US_A_SECOND = 1e6


def _data(data: StudyData) -> pd.DataFrame:
    """The inverse of the CPU a row; the dearest end of its interval makes the fewest predictions."""
    frame = cpu_per_prediction(data)
    inverse = {
        VALUE: US_A_SECOND / frame[CPU],
        f"{VALUE}_low": US_A_SECOND / frame[CPU_HIGH],
        f"{VALUE}_high": US_A_SECOND / frame[CPU_LOW],
    }
    frame = frame.assign(**inverse).drop(columns=[CPU, CPU_LOW, CPU_HIGH])
    return frame.assign(figure=figure_texts(frame, VALUE), note=frame["verdict"])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, VALUE, "predictions a second of one CPU").draw()


PLOT = Plot(
    "predictions_per_core_second",
    "What a CPU is worth: predictions a second of one CPU that is used, {confidence} interval",
    "Further right is more for the same hardware, on a logarithmic axis. Only CPU that the server used counts, and is "
    "known also where the load generator was the limit: no figure here is a bound.",
    _data,
    _draw,
    METER,
)
