"""CPU a request, in the server's own code and in the kernel."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.report.data import StudyData
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import cell_frame, figure_texts, panel_a_load
from servebench.report.plots.need import METER
from servebench.report.plots.plot import Plot
from servebench.report.plots.told_load import at_told_load
from servebench.thresholds import LEAST_CPU_TO_SPLIT_S

WHOLE, PROGRAM, KERNEL = "cpu_us_per_request", "cpu_user_us_per_request", "cpu_system_us_per_request"
PARTS = {WHOLE: "together", PROGRAM: "program", KERNEL: "kernel"}
PART, VALUE = "part", "cpu_us"


def _data(data: StudyData) -> pd.DataFrame:
    """A row a cell and part; those that were not told are left out."""
    cells = at_told_load(data, data.measured_cells).dropna(subset=[WHOLE])
    frame = panel_a_load(cell_frame(_split_where_told(cells, data.config.duration_s), list(PARTS)))
    bounds = [f"{name}_{side}" for name in PARTS for side in ("low", "high")]
    kept = frame.drop(columns=[*PARTS, *bounds])
    parts = [
        kept.assign(part=word, cpu_us=frame[name], cpu_us_low=frame[f"{name}_low"], cpu_us_high=frame[f"{name}_high"])
        for name, word in PARTS.items()
    ]
    found = pd.concat(parts, ignore_index=True).dropna(subset=[VALUE])
    texts = zip(found[PART], figure_texts(found, VALUE), strict=True)
    return found.assign(figure=[f"{part} {figure}" for part, figure in texts], note="")


def _split_where_told(cells: pd.DataFrame, window_s: float) -> pd.DataFrame:
    """Without the two parts where a window used so little CPU that the kernel's ticks do not tell them."""
    is_little = cells["cpu_mean_cores"] * window_s < LEAST_CPU_TO_SPLIT_S
    return cells.assign(**{name: cells[name].mask(is_little) for name in (PROGRAM, KERNEL)})


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, VALUE, metric_of(WHOLE).title, PART).draw()


PLOT = Plot(
    "cpu_per_request",
    "What a request costs: CPU in the server's own code and in the kernel, {confidence} interval",
    "Further left is cheaper, on a logarithmic axis, at the answer's load and the highest rate. The kernel's part is "
    f"the work of sockets, threads and memory; of less than {LEAST_CPU_TO_SPLIT_S:g} s of CPU a window it is not told.",
    _data,
    _draw,
    METER,
)
