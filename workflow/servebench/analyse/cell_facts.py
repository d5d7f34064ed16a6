"""The facts of a cell that its flags are read from: from its figures and its measured repeats."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from servebench.analyse.flags import CellFacts, flags_of

Row = Mapping[str, Any]


def cell_flags(counted: pd.DataFrame, row: Row) -> list[str]:
    """What a reader should know of a cell, from its figures and the repeats that they are made of."""
    low, high = (row[f"throughput_rps_{side}"] for side in ("low", "high"))
    half_width = (high - low) / 2 / row["throughput_rps"] if low is not None and high is not None else None
    return flags_of(
        CellFacts(
            generator_utilization=row["generator_cpu_utilization"],
            errors_total=row["errors_total"],
            error_rate=row["error_rate"],
            throughputs_rps=[float(value) for value in counted["throughput_rps"]],
            interval_half_width=half_width,
            littles_law_residual=_largest(counted["littles_law_residual"]),
            other_cores=_largest(counted["other_cores"]),
            steal_cores=_largest(counted["steal_cores"]),
            load_before_per_cpu=_largest(counted["load_before_per_cpu"]),
            trends=[float(value) for value in counted["throughput_trend"].dropna()],
        )
    )


def _largest(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.max()) if len(known) else None
