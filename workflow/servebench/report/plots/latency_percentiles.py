"""Latency percentiles of the closed loops."""

from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.exactness import Exactness
from servebench.report.plots.clauses import BOUND, MAY_BE_OFF
from servebench.report.plots.frames import by_percentile, cell_frame
from servebench.report.plots.latencies import LatencyPlot
from servebench.report.plots.need import CLOSED_LOOP_PERCENTILES
from servebench.report.plots.plot import Plot

PERCENTILES = ["latency_p50_ms", "latency_p95_ms", "latency_p99_ms"]


def _data(data: StudyData) -> pd.DataFrame:
    frame = cell_frame(data.closed_cells, PERCENTILES, ["users"])
    return by_percentile(frame, PERCENTILES, Exactness.of(data))


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return LatencyPlot(data, frame, "users", "users (closed loop)", "latency (ms)").draw()


PLOT = Plot(
    "latency_percentiles",
    "How long users wait: latency percentiles in the closed loops, {confidence} interval",
    "p99 is the latency that one request in a hundred exceeds. At saturation users wait for each other: the mean "
    "is their number divided by the throughput.",
    _data,
    _draw,
    CLOSED_LOOP_PERCENTILES,
    (BOUND, MAY_BE_OFF),
)
