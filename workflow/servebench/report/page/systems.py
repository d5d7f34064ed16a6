"""The table of systems: a row a measured cell, a column a figure, with what a script needs to sort and to draw bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from servebench.analyse.bounds import latency_bound
from servebench.analyse.metrics import ROWS_A_SECOND, TAILS, THROUGHPUT, metric_of
from servebench.analyse.rows import load_of
from servebench.analyse.text import MISSING
from servebench.report.answer.closed_tails import UNSERVED
from servebench.report.answer.tails import FEW_SECONDS, longer_window_s
from servebench.report.data import StudyData
from servebench.report.exactness import Exactness
from servebench.report.format import figure, percent
from servebench.words import Bound, Loop

# A longer table slows every click; tables/cells.csv has all rows.
MOST_ROWS = 1_000
SHARES = ("error_rate",)
NUMBERS = (
    *(THROUGHPUT, ROWS_A_SECOND, "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "latency_p99_9_ms"),
    *("cpu_us_per_request", "cpu_mean_cores", "memory", "ready_s", "error_rate"),
)
SHOWN_AT_FIRST = (
    *(THROUGHPUT, "latency_p50_ms", "latency_p95_ms", "latency_p99_ms"),
    *("cpu_us_per_request", "memory"),
)


class ColumnKind(StrEnum):
    """How a column is set: names as they are, numbers to the right, texts over several lines."""

    NAME = "name"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class Column:
    """A column; `meaning` explains its head, `is_shown` says whether a reader sees it at first."""

    key: str
    title: str
    meaning: str
    is_shown: bool = True
    kind: ColumnKind = ColumnKind.NAME


@dataclass(frozen=True)
class Cell:
    """A figure as text, with its interval; `note` says how far it is right, or what it takes to have one.

    `value`, `low` and `high` are the bare numbers, empty without one; `bound` says on which side the true figure lies.
    """

    text: str
    interval: str = ""
    value: str = ""
    low: str = ""
    high: str = ""
    bound: Bound | None = None
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A cell of the study."""

    load_point: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class SystemsTable:
    """The table, and how many rows the page has no room for."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    left_out: int


def systems_table(data: StudyData) -> SystemsTable:
    """The measured cells, in the order of the config."""
    cells, notes = data.measured_cells, _Notes(Exactness.of(data), data.config.duration_s)
    kept = cells.head(MOST_ROWS)
    names = [data.memory if name == "memory" else name for name in NUMBERS]
    shown = {data.memory if name == "memory" else name for name in SHOWN_AT_FIRST}
    if not (cells["rows"] > 1).any():
        names.remove(ROWS_A_SECOND)
    columns = (*_naming_columns(cells), *(_number_column(name, name in shown) for name in names), *_telling_columns())
    load_places = {name: place for place, name in enumerate(cells["load_point"].unique())}
    rows = tuple(
        Row(
            str(row["load_point"]),
            (
                *(Cell(str(row[name])) for name in ("model", "system", "generator")),
                Cell(load_of(row).label, value=str(load_places[row["load_point"]])),
                Cell(_text(row["verdict"])),
                *(_figure(row, name, notes) for name in names),
                *(Cell(_text(row[name])) for name in ("verdict_reason", "flags")),
                Cell(str(row["repeats"]), value=str(row["repeats"])),
            ),
        )
        for _, row in kept.iterrows()
    )
    return SystemsTable(columns, rows, len(cells) - len(kept))


def _naming_columns(cells: pd.DataFrame) -> Sequence[Column]:
    """What names a cell, shown where the study has several, and what may be claimed of it."""
    several = {name: cells[name].nunique() > 1 for name in ("model", "generator")}
    return (
        Column("model", "model", "name in the model catalogue", several["model"]),
        Column("system", "system", "a server with an inference, as the study's config names it"),
        Column("generator", "generator", "which program sent the load", several["generator"]),
        Column("load", "load", "users of a closed loop, or requests a second of an open one"),
        Column("verdict", "verdict", "what may be claimed of the figures"),
    )


def _telling_columns() -> Sequence[Column]:
    return (
        Column("verdict_reason", "why", "why the verdict is what it is", False, ColumnKind.TEXT),
        Column("flags", "warnings", "what a reader should know of the cell", False, ColumnKind.TEXT),
        Column("repeats", "repeats", "measured trials of the cell", False, ColumnKind.NUMBER),
    )


def _number_column(name: str, is_shown: bool) -> Column:
    metric = metric_of(name)
    title = metric.label if name in SHARES else metric.short_title
    return Column(name, title, metric.meaning, is_shown, ColumnKind.NUMBER)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _bare(value: Any) -> str:
    return "" if pd.isna(value) else f"{float(value):.6g}"


@dataclass(frozen=True)
class _Notes:
    """What stands below figures, by how far latencies are right and how long a window is."""

    exactness: Exactness
    window_s: float

    def of(self, row: Any, name: str) -> str:
        """How far a latency is right, or which windows would tell it; else empty."""
        metric = metric_of(name)
        if pd.isna(row[name]):
            return self._absence(row, name)
        return self.exactness.note(str(row["generator"]), metric, float(row[name])) if metric.is_latency else ""

    def _absence(self, row: Any, name: str) -> str:
        """Why a percentile is not told."""
        needed_s = longer_window_s(row, name, self.window_s)
        if needed_s is not None:
            return f"takes windows of {needed_s:,} s"
        if metric_of(name).percentile is None:
            return ""
        if any(pd.notna(row[tail]) for tail in TAILS):
            return FEW_SECONDS
        return UNSERVED if row["loop"] == Loop.CLOSED else ""


def _figure(row: Any, name: str, notes: _Notes) -> Cell:
    value, note = row[name], notes.of(row, name)
    if pd.isna(value):
        return Cell(MISSING, note=note)
    if name in SHARES:
        return Cell(percent(value), value=_bare(value))
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    interval = "" if pd.isna(low) or pd.isna(high) else f"{figure(low)} – {figure(high)}"
    bound = _bound(row, name)
    text = figure(value) if bound is None else f"{bound.mark} {figure(value)}"
    return Cell(text, interval, _bare(value), _bare(low), _bare(high), bound, note)


def _bound(row: Any, name: str) -> Bound | None:
    metric = metric_of(name)
    if metric.is_throughput:
        known = row["throughput_is_lower_bound"]
        return Bound.AT_LEAST if pd.notna(known) and bool(known) else None
    return latency_bound(row, metric).side if metric.is_latency else None
