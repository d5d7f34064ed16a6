"""Instances of each system for a rate, as the section of the same name tells them."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT
from servebench.config import Config
from servebench.report.answer.instances import instances_of
from servebench.report.data import StudyData
from servebench.report.format import figure
from servebench.report.plots.clauses import BOUND
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.frames import IS_LOWER_BOUND, cell_frame
from servebench.report.plots.need import Need
from servebench.report.plots.plot import Plot
from servebench.words import Loop

RATE, VALUE = "target_rps", "instances"
NO_CAPACITY = "no capacity at the objective was measured"
ADDED = [RATE, VALUE, f"{VALUE}_low", f"{VALUE}_high", IS_LOWER_BOUND, "figure", "note"]


def _data(data: StudyData) -> pd.DataFrame:
    """A row a system and rate: the instances by the low end of its capacity's interval, and by the high one."""
    measured, config = data.measured_cells, data.config
    cells = measured[measured["loop"] == Loop.OBJECTIVE].dropna(subset=[THROUGHPUT])
    frame = cell_frame(cells, [THROUGHPUT])
    parts = [frame.join(_needed(cells, rate_rps, config.headroom)) for rate_rps in config.target_rps]
    found = pd.concat(parts, ignore_index=True) if parts else frame.reindex(columns=[*frame.columns, *ADDED])
    return found.assign(panel=_rates(found) + ", " + found["panel"])


def _needed(cells: pd.DataFrame, rate_rps: int, headroom: float) -> pd.DataFrame:
    """What a rate takes of each cell's system."""
    return pd.DataFrame([_row(cell, rate_rps, headroom) for _, cell in cells.iterrows()], cells.index, ADDED)


def _row(cell: Any, rate_rps: int, headroom: float) -> tuple[Any, ...]:
    needed, each = instances_of(cell, rate_rps, headroom), f"{figure(cell[THROUGHPUT])} requests/s each"
    assert needed is not None
    is_at_least = needed.bound.is_lower and not needed.bound.is_upper
    return rate_rps, needed.count, needed.least, needed.count, is_at_least, str(needed), each


def _rates(frame: pd.DataFrame) -> "pd.Series[str]":
    return pd.Series([f"{rate_rps:,} requests/s" for rate_rps in frame[RATE]], frame.index, dtype="string")


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    return DotPlot(data, frame, VALUE, f"instances with {data.config.objective}", is_whole=True).draw()


def _has_targets(config: Config) -> bool:
    return bool(config.target_rps)


PLOT = Plot(
    "instances",
    "How many instances a rate takes while the latency objective holds",
    "Further left is less hardware, on a logarithmic axis: a point is by the low end of the capacity's interval, its "
    "bar reaches to what the high end says. Each instance keeps the config's headroom free.",
    _data,
    _draw,
    Need(NO_CAPACITY, "a rate to be served at an objective", "target_rps", _has_targets),
    (BOUND,),
)
