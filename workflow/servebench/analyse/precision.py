"""How wide the intervals of the primary figures are, which alone decides whether a study has repeats enough.

A cell's primary figure is that of its loop; a pair's is the one by which it is claimed to differ. Nothing else stops a
study: to measure until two systems differ claims so in a quarter of the studies where they do not.
"""

from dataclasses import dataclass

import pandas as pd

from servebench.analyse.contrasts import claimed
from servebench.analyse.criteria import Criteria
from servebench.analyse.majority import counted_trials
from servebench.analyse.metrics import primary_at
from servebench.analyse.pairs import pairs_of
from servebench.analyse.rows import CELL, has_figures, load_of
from servebench.analyse.statistics import Interval, log_interval, ratio_of_logs, repeats_for, spread_of


@dataclass(frozen=True)
class PrimaryInterval:
    """The interval of a primary figure; `what` is the system, or the two of the ratio."""

    model: str
    generator: str
    load_point: str
    what: str
    metric: str
    interval: Interval

    def repeats_for(self, half_width: float, confidence: float) -> int | None:
        """The repeats that take half its interval to this share, by the spread that was seen; None above 1,000."""
        spread = spread_of(self.interval, confidence)
        return None if spread is None else repeats_for(spread, half_width, confidence)


def is_precise(trials: pd.DataFrame, criteria: Criteria) -> bool:
    """Whether every primary interval of these trials of one campaign is as narrow as wished.

    Cells that were never measured have none; a figure with fewer than three blocks is not narrow.
    """
    assert criteria.precision is not None
    found = [*cell_intervals(trials, criteria.confidence), *pair_intervals(trials, criteria.confidence)]
    widths = [primary.interval.half_width for primary in found]
    return bool(widths) and all(width is not None and width <= criteria.precision for width in widths)


def cell_intervals(trials: pd.DataFrame, confidence: float) -> list[PrimaryInterval]:
    """Of each measured cell."""
    found = []
    for cell, group in trials[has_figures(trials)].groupby(CELL, sort=False):
        model, system, generator, load_point = (str(name) for name in cell)
        metric = primary_at(load_of(group.iloc[0]).loop)
        values = counted_trials(group)[metric.name].dropna()
        interval = log_interval([float(value) for value in values], confidence)
        if interval is not None:
            found.append(PrimaryInterval(model, generator, load_point, system, metric.name, interval))
    return found


def pair_intervals(trials: pd.DataFrame, confidence: float) -> list[PrimaryInterval]:
    """Of each pair that has blocks in common."""
    found = []
    for pair in pairs_of(trials):
        metric = primary_at(pair.loop)
        if not pair.is_primary(metric):
            continue
        ratio = ratio_of_logs(pair.values(metric).logs, confidence)
        if ratio is not None:
            found.append(PrimaryInterval(*pair.point, " / ".join(pair.systems), metric.name, ratio))
    return found


def contrast_intervals(contrasts: pd.DataFrame) -> list[PrimaryInterval]:
    """The same as `pair_intervals`, of what is claimed in the table of contrasts."""
    rows = claimed(contrasts)
    rows = rows[rows["is_primary"].fillna(value=False).astype(bool) & rows["ratio"].notna()]
    return [
        PrimaryInterval(
            row["model"],
            row["generator"],
            row["load_point"],
            f"{row['numerator']} / {row['denominator']}",
            row["metric"],
            Interval(float(row["ratio"]), *_bounds(row), int(row["blocks"])),
        )
        for _, row in rows.iterrows()
    ]


def _bounds(row: "pd.Series[float]") -> tuple[float | None, float | None]:
    low, high = (None if pd.isna(row[name]) else float(row[name]) for name in ("ratio_low", "ratio_high"))
    return low, high
