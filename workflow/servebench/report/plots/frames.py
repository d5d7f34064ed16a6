"""What plots are drawn from: a row a cell, or a row a cell and part, with names that a page can choose by.

`load` is the load as people say it; `panel` heads the part of the picture that the row is drawn in.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from servebench.analyse.bounds import latency_bound
from servebench.analyse.metrics import Metric, metric_of
from servebench.analyse.rows import CELL, rows_of
from servebench.load_point import LoadPoint, ShareOfCapacity, parse_load_point, rows_label
from servebench.report.exactness import Exactness
from servebench.report.format import interval_text
from servebench.words import Bound

IS_BOUND = "throughput_is_lower_bound"
PERCENTILE_BOUND = "bound_from_percentile"
# What the rows of one cell are told apart by.
PERCENTILE = "percentile"
# Whether a figure is only a lower bound of the true one, or only an upper one.
IS_LOWER_BOUND, IS_UPPER_BOUND = "is_lower_bound", "is_upper_bound"
# How far the instrument may be off in a latency, where that is worth a word.
OFF = "off_ms"
SIDES = {IS_LOWER_BOUND: Bound.AT_LEAST, IS_UPPER_BOUND: Bound.AT_MOST}


def cell_frame(cells: pd.DataFrame, metrics: Sequence[str], kept: Sequence[str] = ()) -> pd.DataFrame:
    """A row a cell: its names, the columns that are kept, the metrics with their bounds. No row without a figure."""
    bounds = [f"{name}_{side}" for name in metrics for side in ("low", "high")]
    columns = [*CELL, "verdict", IS_BOUND, PERCENTILE_BOUND, *kept, *metrics, *bounds]
    found = cells.dropna(subset=list(metrics), how="all") if metrics else cells
    return with_panel(found[columns])


def throughput_frame(cells: pd.DataFrame, metric: str, kept: Sequence[str] = ()) -> pd.DataFrame:
    """The same of one throughput, with whether it is only a lower bound."""
    frame = cell_frame(cells, [metric], kept)
    return frame.assign(is_lower_bound=frame[IS_BOUND].fillna(False))


def with_panel(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with each row's load, and its panel: its generator, its model and rows where there are several."""
    panel = "load by " + frame["generator"]
    if frame["model"].nunique() > 1:
        panel = frame["model"] + ", " + panel
    rows = rows_of(frame)
    if rows.nunique() > 1:
        panel = panel + ", " + rows.map(rows_label)
    loads = [parse_load_point(str(name)).label for name in frame["load_point"]]
    return frame.assign(load=pd.Series(loads, frame.index, dtype="string"), panel=panel.astype("string"))


def panel_a_load(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with a panel of its own for each load."""
    labels = [parse_load_point(str(name)).load_label for name in frame["load_point"]]
    loads = pd.Series(labels, frame.index, dtype="string")
    return frame.assign(panel=loads + ", " + frame["panel"])


def is_series(frame: pd.DataFrame, amount: str) -> bool:
    """Whether some system was measured at several amounts in one panel, so that a line leads from one to the next."""
    return bool((frame.groupby(["panel", "system"])[amount].nunique() > 1).any())


def by_percentile(frame: pd.DataFrame, names: Sequence[str], exactness: Exactness) -> pd.DataFrame:
    """One row a cell and percentile: `latency_ms` with its interval, on which side it is only a bound, how right it is.

    Empty percentiles are left out.
    """
    dropped = [PERCENTILE_BOUND, *names, *(f"{name}_{side}" for name in names for side in ("low", "high"))]
    parts = [
        frame.drop(columns=dropped).assign(
            percentile=metric_of(name).short_label,
            latency_ms=frame[name],
            latency_ms_low=frame[f"{name}_low"],
            latency_ms_high=frame[f"{name}_high"],
            **_sides(frame, metric_of(name)),
            **{OFF: _off_ms(frame, metric_of(name), exactness)},
        )
        for name in names
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["latency_ms"])


def _sides(frame: pd.DataFrame, metric: Metric) -> dict[str, "pd.Series[bool]"]:
    """On which side alone the latency of each cell is a bound."""
    sides = [latency_bound(row, metric).side for _, row in frame.iterrows()]
    return {
        name: pd.Series([found is side for found in sides], frame.index, dtype=bool) for name, side in SIDES.items()
    }


def _off_ms(frame: pd.DataFrame, metric: Metric, exactness: Exactness) -> "pd.Series[float]":
    found = [
        None if pd.isna(latency_ms) else exactness.off_ms(generator, metric, latency_ms)
        for generator, latency_ms in zip(frame["generator"], frame[metric.name], strict=True)
    ]
    return pd.Series(found, frame.index, dtype="Float64")


def figure_texts(frame: pd.DataFrame, value: str) -> list[str]:
    """The figures of a frame's rows with their intervals; in front the mark of a bound."""
    return [
        _mark(row) + interval_text(row[value], row[f"{value}_low"], row[f"{value}_high"]) for _, row in frame.iterrows()
    ]


def _mark(row: Any) -> str:
    return "".join(f"{side.mark} " for name, side in SIDES.items() if row.get(name, False))


def at_most_load(cells: pd.DataFrame) -> pd.DataFrame:
    """Of each model, generator, loop and number of rows the cells at the largest load: few, however wide a sweep."""
    loads = [parse_load_point(str(name)) for name in cells["load_point"]]
    amounts = pd.Series([_amount(load) for load in loads], cells.index, dtype="Int64")
    keyed = cells.assign(_amount=amounts, _rows=rows_of(cells))
    largest = keyed.groupby(["model", "generator", "loop", "_rows"])["_amount"].transform("max")
    return cells[keyed["_amount"] == largest]


def _amount(point: LoadPoint) -> int:
    """How much load it is, among those of its loop."""
    if isinstance(point, ShareOfCapacity):
        return point.percent
    return point.users or point.rate_rps or 1
