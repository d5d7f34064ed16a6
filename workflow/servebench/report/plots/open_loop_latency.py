"""Latency at a fixed rate."""

from typing import Any

import pandas as pd

from servebench.load_point import OpenLoop
from servebench.report.data import StudyData
from servebench.report.plots.marks import altair, bound_marks, by_percentile, cell_columns, colour_scale
from servebench.report.plots.plot import Plot
from servebench.words import Loop

PERCENTILES = ["latency_p50_ms", "latency_p95_ms"]


def _data(data: StudyData) -> pd.DataFrame:
    cells = data.measured_cells
    at_rates = cell_columns(cells[cells["loop"] == Loop.OPEN], "rate_rps", PERCENTILES)
    frame = by_percentile(at_rates, PERCENTILES, "rate_rps")
    texts = [
        f"{row['percentile']}, {OpenLoop(int(row['rate_rps'])).label}, {row['panel']}" for _, row in frame.iterrows()
    ]
    return frame.assign(load=texts)


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    base = alt.Chart(frame).encode(
        y=alt.Y("system:N", title=None, sort=data.systems),
        color=alt.Color("system:N", legend=None, scale=colour_scale(data)),
    )
    value = alt.X("latency_ms:Q", title="latency from the intended start (ms)", scale=alt.Scale(type="log"))
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("latency_ms_low:Q", title="latency from the intended start (ms)"), x2="latency_ms_high:Q"
    )
    points = base.mark_point(filled=True, size=70).encode(x=value)
    chart = (bars + points + bound_marks(base.encode(x=value), "is_lower_bound")).properties(width=240)
    return chart.facet(facet=alt.Facet("load:N", title=None, sort=list(frame["load"].unique())), columns=2)


PLOT = Plot(
    "open_loop_latency",
    "Latency at a fixed rate (open loop), {confidence} interval; ≥ marks a lower bound",
    _data,
    _draw,
)
