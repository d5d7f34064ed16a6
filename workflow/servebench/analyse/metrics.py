"""The catalogue of metrics, workflow/schemas/metrics.yaml: each figure that trials and cells carry, once."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, assert_never

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from servebench.errors import ServebenchError
from servebench.words import Comparable, Loop

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
CATALOGUE = SCHEMAS / "metrics.yaml"
# What stands in the place of a part of the record where code makes the figure.
COMPUTED = "computed"
# The figure that stands for memory where one must, and the one that studies of before have instead.
MEMORY = "uss_last_mib"
MEMORY_BEFORE = "pss_mean_mib"
# What the labels of latencies begin with.
LATENCY = "latency "
# How much is served, in requests and in rows.
THROUGHPUT, ROWS_A_SECOND = "throughput_rps", "rows_per_s"
# The percentiles that are told at a rate, the one that matters most first.
TAILS = ("latency_p99_ms", "latency_p95_ms", "latency_p50_ms")

ColumnType = Literal["string", "integer", "number", "boolean"]


class CellFigure(StrEnum):
    """How a cell makes a figure of its measured repeats."""

    INTERVAL = "interval"
    SUM = "sum"
    MEAN = "mean"
    MAX = "max"
    MEAN_AND_PEAK = "mean_and_peak"
    COMPUTED = "computed"


class Column(BaseModel):
    """One column of a table; `required` ones are never empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    type: ColumnType
    required: bool = False
    meaning: str

    @property
    def bounds(self) -> tuple["Column", "Column"]:
        """The columns that hold the ends of its interval."""
        low, high = (
            Column(
                name=f"{self.name}_{side}",
                type="number",
                meaning=f"{side} end of its interval: 95 %, with looks 98.3 %",
            )
            for side in ("low", "high")
        )
        return low, high


class Metric(BaseModel):
    """One figure; the catalogue's head says what its fields mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    label: str
    unit: str | None = None
    type: Literal["integer", "number"]
    meaning: str
    trial: str | None = None
    cell: CellFigure | None = None
    percentile: float | None = None
    contrast: tuple[Loop, ...] = ()
    shown: tuple[Loop, ...] = ()
    primary: tuple[Loop, ...] = ()
    compared: Comparable | None = None
    simulated: bool = False

    @model_validator(mode="after")
    def _contrasts_are_whole(self) -> "Metric":
        if not set(self.shown) <= set(self.contrast):
            raise ValueError(f"{self.name}: only what is contrasted is shown")
        if not set(self.primary) <= set(self.contrast):
            raise ValueError(f"{self.name}: only what is contrasted is primary")
        if bool(self.contrast) != (self.compared is not None):
            raise ValueError(f"{self.name}: what is contrasted, and only that, says where it may be compared")
        return self

    @property
    def is_memory(self) -> bool:
        """Whether it is an amount of memory."""
        return self.unit == "MiB"

    @property
    def is_throughput(self) -> bool:
        """Whether it says how much was served a second."""
        return self.name in (THROUGHPUT, ROWS_A_SECOND)

    @property
    def is_latency(self) -> bool:
        """Whether it is how long answers took."""
        return self.name.startswith("latency_")

    @property
    def short_label(self) -> str:
        """The label where all know that it is a latency, such as `p99`."""
        return self.label.removeprefix(LATENCY)

    @property
    def short_title(self) -> str:
        """The title likewise, such as `p99 (ms)`."""
        return self.title.removeprefix(LATENCY)

    @property
    def title(self) -> str:
        """Label and unit, as an axis or a row says them."""
        if self.unit is None:
            return self.label
        if self.label.endswith(")"):
            return f"{self.label[:-1]}, {self.unit})"
        return f"{self.label} ({self.unit})"

    @property
    def merged_name(self) -> str:
        """The cells' column for the percentile of all repeats' requests together."""
        stem, _, unit = self.name.rpartition("_")
        return f"{stem}_merged_{unit}"

    @property
    def trial_columns(self) -> list[Column]:
        """What the table of trials carries of it."""
        return [self._column(self.name, self.meaning)] if self.trial is not None else []

    @property
    def cell_columns(self) -> list[Column]:
        """What the table of cells carries of it."""
        column = self._column(self.name, self.meaning)
        match self.cell:
            case None:
                return []
            case CellFigure.INTERVAL:
                merged = f"{self.meaning} of all repeats' requests together"
                found = [self._column(self.merged_name, merged)] if self.percentile is not None else []
                return [Column(name=self.name, type="number", meaning=self.meaning), *column.bounds, *found]
            case CellFigure.MEAN_AND_PEAK:
                return [column, self._column(f"{self.name}_peak", "the largest of its repeats")]
            case CellFigure.SUM:
                return [self._column(self.name, f"{self.meaning}, of all repeats")]
            case CellFigure.MAX:
                return [self._column(self.name, f"{self.meaning}, the largest of its repeats")]
            case CellFigure.MEAN | CellFigure.COMPUTED:
                return [column]
            case _:
                assert_never(self.cell)

    def _column(self, name: str, meaning: str) -> Column:
        return Column(name=name, type=self.type, meaning=meaning)


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    metrics: tuple[Metric, ...]


def load_catalogue(path: Path) -> tuple[Metric, ...]:
    """The metrics of a catalogue's file; raises ServebenchError for a key that it does not know."""
    try:
        return _Catalogue.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).metrics
    except ValidationError as error:
        first = error.errors()[0]
        raise ServebenchError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None


@cache
def catalogue() -> tuple[Metric, ...]:
    """Every metric, in the order of the columns."""
    return load_catalogue(CATALOGUE)


def metric_of(name: str) -> Metric:
    """The metric of a column; KeyError where there is none."""
    return _by_name()[name]


@cache
def _by_name() -> dict[str, Metric]:
    return {metric.name: metric for metric in catalogue()}


@cache
def contrasted_at(loop: Loop) -> tuple[Metric, ...]:
    """What two systems are contrasted in at a loop."""
    return tuple(metric for metric in catalogue() if loop in metric.contrast)


@cache
def primary_at(loop: Loop) -> Metric:
    """The one figure of a loop by which systems are claimed to differ, and whose interval a wished precision is of."""
    (found,) = (metric for metric in catalogue() if loop in metric.primary)
    return found
