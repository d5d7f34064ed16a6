"""The table of cells: one row a cell, its measured repeats made one, with intervals, verdict and flags."""

from collections.abc import Sequence
from typing import Any, assert_never

import pandas as pd

from servebench.analyse.cell_facts import cell_flags
from servebench.analyse.cell_percentiles import percentile_figures
from servebench.analyse.estimate import estimate_figures
from servebench.analyse.judge import trial_verdict
from servebench.analyse.majority import are_enough, verdict_of_repeats
from servebench.analyse.metrics import CellFigure, Metric, catalogue
from servebench.analyse.raw import RawTrial
from servebench.analyse.rows import CELL, has_figures, is_measured, load_of
from servebench.analyse.schema import load_schema, to_frame
from servebench.analyse.verdicts import Verdict
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
    measured = group[has_figures(group)]
    counted = measured[is_measured(measured)]
    if not are_enough(len(counted), len(measured)):
        counted = measured
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
        "repeats": len(measured),
        "repeats_left_out": len(measured) - len(counted),
        "trials_died": sum(word == Outcome.SERVER_DIED for word in group["outcome"]),
        "reason": _first(group["reason"]),
        "remedy": _first(group["remedy"]),
    }
    if measured.empty:
        names = [column.name for metric in catalogue() for column in metric.cell_columns]
        return {**row, **dict.fromkeys([*JUDGED, *names])}
    for metric in catalogue():
        row |= _figure(metric, counted)
    of_counted = [trial for trial in raw if trial.record.key.repeat in set(counted["repeat"])]
    row |= percentile_figures(counted, of_counted) | _error_rate(row) | _open_loop_shares(counted)
    row["attempts"] = int(measured["attempts"].sum())
    verdict = verdict_of_repeats(_verdicts(raw))
    return row | {
        "verdict": str(verdict.word),
        "verdict_reason": verdict.reason,
        "throughput_is_lower_bound": verdict.is_lower_bound,
        "flags": "; ".join(cell_flags(measured, counted, raw, row)) or None,
    }


def _verdicts(raw: Sequence[RawTrial]) -> list[Verdict]:
    """The verdicts of a cell's measured trials, in the order of their throughput."""
    judged = [
        (trial.record.load.throughput_rps, trial_verdict(trial)) for trial in raw if trial.record.load is not None
    ]
    return [verdict for _, verdict in sorted(judged, key=lambda pair: pair[0]) if verdict is not None]


def _first(values: pd.Series) -> Any:
    known = values.dropna()
    return known.iloc[0] if len(known) else None


def _figure(metric: Metric, measured: pd.DataFrame) -> Row:
    """A metric's columns from the measured repeats; none for what is computed below, and for percentiles."""
    name = metric.name
    match metric.cell:
        case None | CellFigure.COMPUTED:
            return {}
        case CellFigure.INTERVAL:
            return {} if metric.percentile is not None else estimate_figures(name, measured[name])
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
