"""Errors, at the loads where there were any."""

from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.format import percent
from servebench.report.plots.dots import FIGURE, NOTE, DotPlot
from servebench.report.plots.frames import cell_frame, panel_a_load
from servebench.report.plots.marks import sentence
from servebench.report.plots.plot import Plot

PERCENT = "error_percent"


def _data(data: StudyData) -> pd.DataFrame:
    frame = cell_frame(data.measured_cells, [], ["requests", "errors_total", "error_rate"])
    return frame.assign(**{PERCENT: frame["error_rate"] * 100}).dropna(subset=[PERCENT])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    if not frame["errors_total"].sum():
        return sentence(f"No error among {frame['requests'].sum():,.0f} answers{_compared(data)}.")
    shown = panel_a_load(frame)
    with_errors = shown[shown.groupby("panel")[PERCENT].transform("max") > 0]
    texts = [percent(share) for share in with_errors["error_rate"]]
    counts = [
        f"{row['errors_total']:,.0f} beside {row['requests']:,.0f} answers" if row["errors_total"] else ""
        for _, row in with_errors.iterrows()
    ]
    return DotPlot(
        data, with_errors.assign(**{FIGURE: texts, NOTE: counts}), PERCENT, "errors (% of answers)", is_from_zero=True
    ).draw()


def _compared(data: StudyData) -> str:
    """How many of the answers were compared, where that is known."""
    compared = data.told_trials["answers_checked"].sum()
    return f", of which {compared:,.0f} were compared with golden ones" if compared else ""


PLOT = Plot(
    "errors",
    "Which share of the answers were errors",
    "Only loads at which some system failed a request are shown; of the answers that were compared, a wrong one is an "
    "error too.",
    _data,
    _draw,
)
