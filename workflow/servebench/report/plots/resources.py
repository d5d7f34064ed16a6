"""Memory and CPU of the server by users."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.report.data import StudyData
from servebench.report.plots.marks import altair, cell_columns, has_panels, lines, row_of_panels
from servebench.report.plots.plot import Plot


def _scales(data: StudyData) -> dict[str, str]:
    """Each metric with its scale."""
    return {data.memory: "log", "cpu_mean_cores": "linear", "cpu_us_per_request": "log"}


def _data(data: StudyData) -> pd.DataFrame:
    return cell_columns(data.closed_cells, "users", list(_scales(data)))


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    charts = []
    for name, scale in _scales(data).items():
        chart = lines(data, frame.dropna(subset=[name]), name, metric_of(name).title, scale).properties(width=240)
        charts.append(chart.facet(**row_of_panels(data)) if has_panels(data) else chart)
    return altair().hconcat(*charts)


PLOT = Plot("resources", "Memory and CPU of the server, {confidence} interval", _data, _draw)
