"""The table of cells: one row a cell, its measured repeats made one, with intervals, verdict and flags."""

from collections.abc import Sequence
from typing import Any, assert_never

import pandas as pd

from servebench.analyse.judge import cell_flags, cell_verdict
from servebench.analyse.metrics import CellFigure, Metric, catalogue
from servebench.analyse.raw import RawTrial
from servebench.analyse.rows import CELL, is_measured, load_of
from servebench.analyse.schema import load_schema, to_frame
from servebench.analyse.statistics import log_interval
from servebench.histogram import new_histogram, percentiles_ms
from servebench.thresholds import LEAST_REQUESTS_BEYOND
from servebench.words import Outcome

Row = dict[str, Any]
# What only a measured cell has.
JUDGED = ("verdict", "verdict_reason", "throughput_is_lower_bound", "flags")


def cells_table(trials: pd.DataFrame, raw: Sequence[RawTrial]) -> pd.DataFrame:
    """One row a cell, in the order of the raw trials, which is the config's."""
    # A cell that stands in for another one that was measured is none of the study's.
    measured: dict[tuple[str, ...], list[RawTrial]] = {
        trial.cell: [] for trial in raw if trial.record.outcome is not Outcome.NOT_NEEDED
    }
    for trial in raw:
        if trial.is_measured:
            measured[trial.cell].append(trial)
    groups = dict(iter(trials.groupby(CELL, sort=False)))
    rows = [_row(dict(zip(CELL, cell, strict=True)), groups[cell], found) for cell, found in measured.items()]
    return to_frame(rows, load_schema("cells"))


def _row(cell: dict[str, str], group: pd.DataFrame, raw: list[RawTrial]) -> Row:
    measured = group[is_measured(group)]
    first = group.iloc[0]
    point = load_of(first)
    row: Row = {
        **cell,
        "server": first["server"],
        "inference": first["inference"],
        "loop": first["loop"],
        "users": point.users,
        # A rate that was searched differs between the repeats.
        "rate_rps": point.rate_rps,
        "arrivals": _only(measured["arrivals"]),
        "repeats": len(measured),
        "trials_died": sum(word == Outcome.SERVER_DIED for word in group["outcome"]),
        "reason": _first(group["reason"]),
        "remedy": _first(group["remedy"]),
    }
    if measured.empty:
        names = [column.name for metric in catalogue() for column in metric.cell_columns]
        return {**row, **dict.fromkeys([*JUDGED, *names])}
    for metric in catalogue():
        row |= _figure(metric, measured)
    row |= _percentiles(measured, raw) | _error_rate(row) | _open_loop_shares(measured)
    verdict = cell_verdict(point, measured, row)
    return row | {
        "verdict": str(verdict.word),
        "verdict_reason": verdict.reason,
        "throughput_is_lower_bound": verdict.is_lower_bound,
        "flags": "; ".join(cell_flags(measured, row)) or None,
    }


def _first(values: pd.Series) -> Any:
    known = values.dropna()
    return known.iloc[0] if len(known) else None


def _only(values: pd.Series) -> Any:
    """What all of them are."""
    known = values.unique()
    return known[0] if len(known) == 1 else None


def _figure(metric: Metric, measured: pd.DataFrame) -> Row:
    """A metric's columns from the measured repeats; none for what is computed below, and for percentiles."""
    name = metric.name
    match metric.cell:
        case None | CellFigure.COMPUTED:
            return {}
        case CellFigure.INTERVAL:
            return {} if metric.percentile is not None else _estimate(name, measured[name])
        case CellFigure.SUM:
            return {name: int(measured[name].sum()) if measured[name].notna().all() else None}
        case CellFigure.MEAN:
            return {name: _mean(measured[name])}
        case CellFigure.MAX:
            return {name: measured[name].max()}
        case CellFigure.MEAN_AND_PEAK:
            return {name: _mean(measured[name]), f"{name}_peak": measured[name].max()}
        case _:
            assert_never(metric.cell)


def _mean(values: pd.Series) -> float | None:
    return float(values.mean()) if values.notna().all() else None


def _estimate(name: str, values: pd.Series) -> Row:
    """Estimate and bounds of a metric; empty where a repeat lacks it."""
    interval = log_interval([float(value) for value in values]) if values.notna().all() else None
    if interval is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _percentiles(measured: pd.DataFrame, raw: list[RawTrial]) -> Row:
    """Percentiles over the repeats with their intervals, and those of all repeats' merged histograms.

    A percentile needs 100 requests beyond it, else it is empty.
    """
    merged = new_histogram()
    for trial in raw:
        merged.add(trial.latencies())
    total = merged.get_total_count()
    row: Row = {}
    for metric in catalogue():
        if metric.percentile is None:
            continue
        if total * (1 - metric.percentile / 100) >= LEAST_REQUESTS_BEYOND:
            row |= _estimate(metric.name, measured[metric.name])
            row[metric.merged_name] = percentiles_ms(merged, [metric.percentile])[0]
        else:
            row |= dict.fromkeys(column.name for column in metric.cell_columns)
    return row


def _error_rate(row: Row) -> Row:
    answers = row["requests"] + row["errors_total"]
    return {"error_rate": row["errors_total"] / answers if answers else None}


def _open_loop_shares(measured: pd.DataFrame) -> Row:
    """How the cell's scheduled requests fared; empty where none were scheduled, or the generator does not say."""
    scheduled = measured["scheduled"].sum()
    if not scheduled:
        return {"waited_share": None, "unanswered_share": None}
    return {
        "waited_share": measured["waited_for_connection"].sum() / scheduled,
        "unanswered_share": (measured["in_flight"] + measured["unsent"]).sum() / scheduled,
    }
