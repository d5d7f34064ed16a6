"""How far the instrument may be off in a latency: a pale bar around its point, where its interval promises more."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from servebench.report.plots.axes import log_limits
from servebench.report.plots.frames import OFF

LOW, HIGH = f"{OFF}_low", f"{OFF}_high"
WIDTH, OPACITY = 9, 0.25


def with_ends(frame: pd.DataFrame, value: str, held: Sequence[float]) -> pd.DataFrame:
    """The frame with the bars' ends, within an axis over the values that it holds; empty where there is no bar."""
    low, high = log_limits(held)
    return frame.assign(
        **{LOW: (frame[value] - frame[OFF]).clip(lower=low), HIGH: (frame[value] + frame[OFF]).clip(upper=high)}
    )


def bars(base: Any, frame: pd.DataFrame) -> list[Any]:
    """The layer of bars of a chart of the frame; none where it has none."""
    if OFF not in frame or frame[OFF].isna().all():
        return []
    return [base.transform_filter(f"isValid(datum.{OFF})").mark_rule(strokeWidth=WIDTH, opacity=OPACITY)]
