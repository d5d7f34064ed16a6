"""A cell's percentiles: over its repeats with their intervals, and of all repeats' requests together."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from servebench.analyse.estimate import estimate_figures
from servebench.analyse.metrics import catalogue
from servebench.analyse.raw import RawTrial, read_slowest_ms
from servebench.histogram import quantize_ns
from servebench.percentile_needs import are_enough_requests, share_beyond
from servebench.percentiles import merged
from servebench.thresholds import LEAST_SECONDS_BEYOND


def percentile_figures(counted: pd.DataFrame, raw: Sequence[RawTrial], confidence: float = 0.95) -> dict[str, Any]:
    """The columns of every percentile, and above which they are lower bounds; `raw` are the counted trials.

    A percentile is empty where a trial's users were not all served, or where too little lies beyond it.
    """
    told = [metric for metric in catalogue() if metric.percentile is not None]
    loads = [(trial.latencies(), trial.record.load.unanswered_ages_ms) for trial in raw if trial.record.load]
    together = merged(loads, [metric.percentile for metric in told if metric.percentile is not None])
    requests = sum(answers.get_total_count() + sum(count for _, count in ages) for answers, ages in loads)
    slowest = slowest_ms(trial.folder for trial in raw)
    bounds = [float(value) for value in counted["bound_from_percentile"].dropna()]
    bounds += [] if together.bound_from is None else [together.bound_from]
    row: dict[str, Any] = {"bound_from_percentile": min(bounds, default=None)}
    for metric, merged_ms in zip(told, together.values_ms, strict=True):
        assert metric.percentile is not None
        is_of_all_users = counted[metric.name].notna().all()
        are_enough = are_enough_requests(requests, share_beyond(metric.percentile))
        if is_of_all_users and are_enough and is_in_many_seconds(merged_ms, slowest):
            row |= {**estimate_figures(metric.name, counted[metric.name], confidence), metric.merged_name: merged_ms}
        else:
            row |= dict.fromkeys(column.name for column in metric.cell_columns)
    return row


def is_in_many_seconds(merged_ms: float | None, slowest: Sequence[float] | None) -> bool:
    """Whether what lies beyond a percentile lies in 5 different seconds, where that is known: one stall makes none."""
    if merged_ms is None or slowest is None:
        return True
    # A percentile is told as the end of its histogram's bucket.
    bucket_ns = quantize_ns(round(merged_ms * 1e6))
    return sum(value * 1e6 >= bucket_ns for value in slowest) >= LEAST_SECONDS_BEYOND


def slowest_ms(folders: Iterable[Path]) -> list[float] | None:
    """The largest latency of each second of all these trials; None where one does not tell it."""
    seconds = [read_slowest_ms(folder) for folder in folders]
    known = [values for values in seconds if values is not None]
    return [value for values in known for value in values] if len(known) == len(seconds) else None
