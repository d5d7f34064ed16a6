"""The server's memory at rest, before its window and after it."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import MEMORY, MEMORY_BEFORE
from servebench.analyse.rows import CELL
from servebench.report.data import StudyData
from servebench.report.format import figure
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import at_most_load, panel_a_load, with_panel
from servebench.report.plots.need import METER
from servebench.report.plots.plot import Plot

# The figure of each moment, by the figure of memory that the study has.
MOMENTS = {
    MEMORY: {"rest_uss_mib": "at rest", "uss_first_mib": "before", MEMORY: "after"},
    MEMORY_BEFORE: {"rest_pss_mib": "at rest", MEMORY_BEFORE: "in the window"},
}
KINDS = {MEMORY: "USS", MEMORY_BEFORE: "PSS"}
MOMENT, VALUE = "moment", "memory_mib"


def _data(data: StudyData) -> pd.DataFrame:
    """A row a cell and moment: the mean of its trials."""
    moments = MOMENTS[data.memory]
    trials = data.measured_trials.merge(at_most_load(data.measured_cells)[CELL], on=CELL)
    means = trials.groupby(CELL, sort=False, as_index=False)[list(moments)].mean()
    frame = panel_a_load(with_panel(means.dropna(subset=[data.memory])))
    kept = frame.drop(columns=list(moments))
    parts = [kept.assign(moment=word, memory_mib=frame[name]) for name, word in moments.items()]
    found = pd.concat(parts, ignore_index=True).dropna(subset=[VALUE])
    texts = [f"{row[MOMENT]} {figure(row[VALUE])} MiB" for _, row in found.iterrows()]
    return found.assign(figure=texts, note="")


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, VALUE, f"memory ({KINDS[data.memory]}, MiB)", MOMENT).draw()


PLOT = Plot(
    "memory",
    "What a server holds: memory at rest, before the window and after",
    "Further left is less, on a logarithmic axis. A step from rest to before is what connections and the first "
    "requests take; one from before to after, in a window of seconds, may be a leak.",
    _data,
    _draw,
    METER,
)
