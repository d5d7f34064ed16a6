"""Memory and CPU of the server by users."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.report.data import StudyData
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import cell_frame
from servebench.report.plots.lines import lines
from servebench.report.plots.need import SEVERAL_USERS
from servebench.report.plots.panels import Panels
from servebench.report.plots.plot import Plot


def _metrics(data: StudyData) -> list[str]:
    return [data.memory, "cpu_mean_cores", "cpu_us_per_request"]


def _data(data: StudyData) -> pd.DataFrame:
    return cell_frame(data.closed_cells, _metrics(data), ["users"])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    charts = []
    for name in _metrics(data):
        told = frame.dropna(subset=[name])
        if len(told):
            chart = lines(data, told, name, metric_of(name).title, "users", "users (closed loop)")
            charts.append(Panels.of(told).of_chart(chart))
    return altair().vconcat(*charts)


PLOT = Plot(
    "resources",
    "What the server takes as users come: memory, CPU, and CPU a request, {confidence} interval",
    "CPU that stays at the CPUs the server has means that it is at its limit; memory that grows with the users is "
    "needed for each of them. All axes are logarithmic.",
    _data,
    _draw,
    SEVERAL_USERS,
)
