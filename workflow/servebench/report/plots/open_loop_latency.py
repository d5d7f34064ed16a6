"""Latency by offered load, from the intended start of each request."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT, catalogue
from servebench.analyse.rows import is_open
from servebench.objective import Objective
from servebench.report.data import StudyData
from servebench.report.exactness import Exactness
from servebench.report.plots.clauses import BOUND, MAY_BE_OFF, objective, overload
from servebench.report.plots.frames import by_percentile, cell_frame
from servebench.report.plots.latencies import LatencyPlot, Limit
from servebench.report.plots.need import OPEN_LOOP_PERCENTILES
from servebench.report.plots.plot import Plot

PERCENTILES = ["latency_p50_ms", "latency_p95_ms", "latency_p99_ms"]
# The rate that is asked, or where a system's own capacity decides it, what it answered.
OFFERED = "offered_rps"


def _data(data: StudyData) -> pd.DataFrame:
    cells = data.measured_cells[is_open(data.measured_cells)]
    names = _percentiles(data)
    frame = by_percentile(cell_frame(cells, names, ["rate_rps", THROUGHPUT]), names, Exactness.of(data))
    offered = frame["rate_rps"].astype("Float64").fillna(frame[THROUGHPUT])
    return frame.assign(**{OFFERED: offered}).drop(columns=["rate_rps", THROUGHPUT])


def _percentiles(data: StudyData) -> list[str]:
    """Those that are always shown, and the objective's."""
    objective = _objective(data)
    shown = [objective.percentile] if objective else []
    metrics = [metric for metric in catalogue() if metric.percentile is not None]
    return [metric.name for metric in metrics if metric.name in PERCENTILES or metric.percentile in shown]


def _objective(data: StudyData) -> Objective | None:
    return Objective.parse(data.config.objective) if data.config.objective else None


def _limit(data: StudyData) -> Limit | None:
    objective = _objective(data)
    if objective is None:
        return None
    metric = next(metric for metric in catalogue() if metric.percentile == objective.percentile)
    return Limit(metric.short_label, objective.limit_ms)


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    title = "latency from the intended start (ms)"
    return LatencyPlot(data, frame, OFFERED, "offered load (requests/s)", title, _limit(data)).draw()


PLOT = Plot(
    "open_loop_latency",
    "Latency at the load that is offered (open loop), {confidence} interval",
    "Each request counts from when it was meant to start, so that a stall shows in all that waited for it.",
    _data,
    _draw,
    OPEN_LOOP_PERCENTILES,
    (objective, overload, BOUND, MAY_BE_OFF),
)
