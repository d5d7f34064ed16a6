"""A cell's percentiles: over its repeats with their intervals, and of all repeats' requests together."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from servebench.analyse.estimate import estimate_figures
from servebench.analyse.metrics import Metric, catalogue
from servebench.analyse.raw import RawTrial
from servebench.histogram import new_histogram, percentiles_ms
from servebench.thresholds import LEAST_REQUESTS_BEYOND


def percentile_figures(counted: pd.DataFrame, raw: Sequence[RawTrial]) -> dict[str, Any]:
    """The columns of every percentile, and from which on they are lower bounds.

    A percentile needs 100 requests beyond it, and trials whose users were all served, else it is empty.
    """
    merged = new_histogram()
    for trial in raw:
        merged.add(trial.latencies())
    total = merged.get_total_count()
    row: dict[str, Any] = {"bound_from_percentile": _least(counted["bound_from_percentile"])}
    for metric in catalogue():
        if metric.percentile is None:
            continue
        # A trial has none where its figures are of the served users only.
        is_of_all_users = counted[metric.name].notna().all()
        if is_of_all_users and total * (1 - metric.percentile / 100) >= LEAST_REQUESTS_BEYOND:
            row |= estimate_figures(metric.name, counted[metric.name])
            row[metric.merged_name] = percentiles_ms(merged, [metric.percentile])[0]
        else:
            row |= _empty(metric)
    return row


def _empty(metric: Metric) -> dict[str, Any]:
    return dict.fromkeys(column.name for column in metric.cell_columns)


def _least(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.min()) if len(known) else None
