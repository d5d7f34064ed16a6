"""Predictions that a second of one CPU buys."""

from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import at_most_load, cell_frame, figure_texts, panel_a_load
from servebench.report.plots.plot import Plot

COST, VALUE = "cpu_us_per_row", "predictions_per_core_s"
US_A_SECOND = 1e6


def _data(data: StudyData) -> pd.DataFrame:
    """The inverse of the CPU a row; the dearest end of its interval makes the fewest predictions."""
    frame = panel_a_load(cell_frame(at_most_load(data.measured_cells), [COST]))
    frame = frame[frame[COST] > 0]
    inverse = {
        VALUE: US_A_SECOND / frame[COST],
        f"{VALUE}_low": US_A_SECOND / frame[f"{COST}_high"],
        f"{VALUE}_high": US_A_SECOND / frame[f"{COST}_low"],
    }
    frame = frame.assign(**inverse).drop(columns=[COST, f"{COST}_low", f"{COST}_high"])
    return frame.assign(figure=figure_texts(frame, VALUE), note="")


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, VALUE, "predictions a second of one CPU").draw()


PLOT = Plot(
    "predictions_per_core_second",
    "What a CPU is worth: predictions a second of one CPU that is used, {confidence} interval",
    "Further right is more for the same hardware, on a logarithmic axis. Only CPU that the server used counts, so that "
    "systems with idle CPUs may be compared too.",
    _data,
    _draw,
)
