"""A metric over repeats: its estimate and the ends of its interval as columns, or its mean."""

from typing import Any

import pandas as pd

from servebench.analyse.statistics import log_interval


def estimate_figures(name: str, values: pd.Series, confidence: float = 0.95) -> dict[str, Any]:
    """Estimate and bounds of a metric; empty where a repeat lacks it."""
    interval = log_interval([float(value) for value in values], confidence) if values.notna().all() else None
    if interval is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}


def mean_of(values: pd.Series) -> float | None:
    """The mean; None where a repeat lacks it."""
    return float(values.mean()) if values.notna().all() else None
