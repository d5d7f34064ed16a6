"""The table of cells: one row a cell, its measured repeats made one, with intervals, verdict and flags."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import pandas as pd

from servebench.analyse.cell_facts import cell_flags
from servebench.analyse.cell_percentiles import percentile_figures
from servebench.analyse.estimate import estimate_figures, mean_of
from servebench.analyse.judge import trial_verdict
from servebench.analyse.majority import counted_trials, verdict_of_repeats
from servebench.analyse.metrics import CellFigure, Metric, catalogue
from servebench.analyse.more_users import JudgedCell, verdict_among
from servebench.analyse.raw import RawTrial
from servebench.analyse.rows import CELL, has_figures, load_of
from servebench.analyse.schema import load_schema, to_frame
from servebench.analyse.verdicts import Verdict
from servebench.words import Outcome

Row = dict[str, Any]
# What only a measured cell has.
JUDGED = ("verdict", "verdict_reason", "throughput_is_lower_bound")


def cells_table(trials: pd.DataFrame, raw: Sequence[RawTrial], confidence: float = 0.95) -> pd.DataFrame:
    """One row a cell, in the order of the raw trials, which is the config's; `confidence` is that of its intervals."""
    # A cell that stands in for another one that was measured is none of the study's.
    measured: dict[tuple[str, ...], list[RawTrial]] = {
        trial.cell: [] for trial in raw if trial.record.outcome is not Outcome.NOT_NEEDED
    }
    for trial in raw:
        if trial.is_measured:
            measured[trial.cell].append(trial)
    needed = trials[trials["outcome"] != Outcome.NOT_NEEDED]
    groups = dict(iter(needed.groupby(CELL, sort=False)))
    cells = [_cell(cell, groups[cell], found, confidence) for cell, found in measured.items()]
    judged = [cell.judged for cell in cells if cell.judged is not None]
    rows = [cell.row | _verdict_columns(cell.judged, judged) for cell in cells]
    return to_frame(rows, load_schema("cells"))


@dataclass(frozen=True)
class _Cell:
    """A cell's row without its verdict; `judged` is None where nothing was measured."""

    row: Row
    judged: JudgedCell | None


def _verdict_columns(cell: JudgedCell | None, cells: Sequence[JudgedCell]) -> Row:
    if cell is None:
        return dict.fromkeys(JUDGED)
    verdict = verdict_among(cell, cells)
    values = (str(verdict.word), verdict.reason, verdict.is_lower_bound)
    return dict(zip(JUDGED, values, strict=True))


def _cell(cell: tuple[str, ...], group: pd.DataFrame, raw: list[RawTrial], confidence: float) -> _Cell:
    measured, counted = group[has_figures(group)], counted_trials(group)
    first = group.iloc[0]
    point = load_of(first)
    row: Row = {
        **dict(zip(CELL, cell, strict=True)),
        "server": first["server"],
        "inference": first["inference"],
        "loop": first["loop"],
        "users": point.users,
        "rows": point.rows,
        # A rate that was searched differs between the repeats.
        "rate_rps": point.rate_rps,
        "arrivals": _only(measured["arrivals"]),
        "repeats": len(measured),
        "repeats_left_out": len(measured) - len(counted),
        "trials_died": sum(word == Outcome.SERVER_DIED for word in group["outcome"]),
        "reason": _first(group["reason"]),
        "remedy": _first(group["remedy"]),
    }
    if measured.empty:
        names = [column.name for metric in catalogue() for column in metric.cell_columns]
        return _Cell({**row, **dict.fromkeys(["flags", *names])}, None)
    for metric in catalogue():
        row |= _figure(metric, counted, confidence)
    of_counted = [trial for trial in raw if trial.record.key.repeat in set(counted["repeat"])]
    row |= percentile_figures(counted, of_counted, confidence) | _error_rate(row) | _open_loop_shares(counted)
    row["attempts"] = int(measured["attempts"].sum())
    row["flags"] = "; ".join(cell_flags(measured, counted, raw, row)) or None
    model, system, generator, _ = cell
    verdict = verdict_of_repeats(_verdicts(raw))
    return _Cell(row, JudgedCell((model, system, generator, point.rows), point.users, verdict, counted))


def _verdicts(raw: Sequence[RawTrial]) -> list[Verdict]:
    """The verdicts of a cell's measured trials, in the order of their throughput."""
    judged = [
        (trial.record.load.throughput_rps, trial_verdict(trial)) for trial in raw if trial.record.load is not None
    ]
    return [verdict for _, verdict in sorted(judged, key=lambda pair: pair[0]) if verdict is not None]


def _first(values: pd.Series) -> Any:
    known = values.dropna()
    return known.iloc[0] if len(known) else None


def _only(values: pd.Series) -> Any:
    """What all of them are."""
    known = values.unique()
    return known[0] if len(known) == 1 else None


def _figure(metric: Metric, measured: pd.DataFrame, confidence: float) -> Row:
    """A metric's columns from the measured repeats; none for what is computed below, and for percentiles."""
    name = metric.name
    match metric.cell:
        case None | CellFigure.COMPUTED:
            return {}
        case CellFigure.INTERVAL:
            return {} if metric.percentile is not None else estimate_figures(name, measured[name], confidence)
        case CellFigure.SUM:
            return {name: int(measured[name].sum()) if measured[name].notna().all() else None}
        case CellFigure.MEAN:
            return {name: mean_of(measured[name])}
        case CellFigure.MAX:
            return {name: measured[name].max()}
        case CellFigure.MEAN_AND_PEAK:
            return {name: mean_of(measured[name]), f"{name}_peak": measured[name].max()}
        case _:
            assert_never(metric.cell)


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
