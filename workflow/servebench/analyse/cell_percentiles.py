"""A cell's percentiles: over its repeats with their intervals, and of all repeats' requests together."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from hdrh.histogram import HdrHistogram

from servebench.analyse.estimate import estimate_figures
from servebench.analyse.metrics import catalogue
from servebench.analyse.raw import RawTrial
from servebench.histogram import new_histogram, percentiles_ms, quantize_ns
from servebench.thresholds import LEAST_REQUESTS_BEYOND, LEAST_SECONDS_BEYOND


def percentile_figures(counted: pd.DataFrame, raw: Sequence[RawTrial], confidence: float = 0.95) -> dict[str, Any]:
    """The columns of every percentile, and from which on they are lower bounds; `raw` are the counted trials.

    A percentile is empty where a trial's users were not all served, or where too little lies beyond it.
    """
    merged = new_histogram()
    for trial in raw:
        merged.add(trial.latencies())
    slowest_ms = _slowest_ms(raw)
    row: dict[str, Any] = {"bound_from_percentile": _least(counted["bound_from_percentile"])}
    for metric in catalogue():
        if metric.percentile is None:
            continue
        merged_ms = percentiles_ms(merged, [metric.percentile])[0]
        is_of_all_users = counted[metric.name].notna().all()
        if is_of_all_users and _is_enough_beyond(merged, metric.percentile, merged_ms, slowest_ms):
            row |= {**estimate_figures(metric.name, counted[metric.name], confidence), metric.merged_name: merged_ms}
        else:
            row |= dict.fromkeys(column.name for column in metric.cell_columns)
    return row


def _is_enough_beyond(
    merged: HdrHistogram, percentile: float, merged_ms: float | None, slowest_ms: Sequence[float] | None
) -> bool:
    """Whether 100 requests lie beyond a percentile, in 5 different seconds: one stall alone makes none."""
    if merged_ms is None or merged.get_total_count() * (1 - percentile / 100) < LEAST_REQUESTS_BEYOND:
        return False
    if slowest_ms is None:
        return True
    # A percentile is told as the end of its histogram's bucket.
    bucket_ns = quantize_ns(round(merged_ms * 1e6))
    return sum(value * 1e6 >= bucket_ns for value in slowest_ms) >= LEAST_SECONDS_BEYOND


def _slowest_ms(raw: Sequence[RawTrial]) -> list[float] | None:
    """The largest latency of each second of all trials; None where one does not tell it."""
    seconds = [trial.slowest_ms() for trial in raw]
    known = [values for values in seconds if values is not None]
    return [value for values in known for value in values] if len(known) == len(seconds) else None


def _least(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.min()) if len(known) else None
