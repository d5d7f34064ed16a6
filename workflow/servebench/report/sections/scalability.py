"""How throughput grows with users and with CPUs: the Universal Scalability Law's parameters."""

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.format import figure, markdown_table

NO_PEAK = "no peak measured"


def scalability(data: StudyData) -> str:
    """The fits, and for series that carry none the reason; empty where no series has several sizes."""
    found = data.scalability
    if found.empty:
        return ""
    if found["reason"].notna().all():
        return f"## Scalability\n\nNo law was fitted: {'; '.join(found['reason'].unique())}."
    with_rows = bool((found["rows"].fillna(1) > 1).any())
    header = [
        "model",
        "system",
        "generator",
        *(["rows a request"] if with_rows else []),
        "over",
        "points",
        "of one (requests/s)",
        "contention",
        "coherence",
        "peak",
    ]
    rows = [
        [
            *(str(row[name]) for name in ("model", "system", "generator")),
            *([str(row["rows"])] if with_rows else []),
            *(str(row[name]) for name in ("over", "points")),
            *(figure(row[name]) for name in ("throughput_of_one_rps", "contention", "coherence")),
            row["reason"] if pd.notna(row["reason"]) else _peak(row["peak"]),
        ]
        for _, row in found.iterrows()
    ]
    note = (
        "Universal Scalability Law, X(N) = λN / (1 + σ(N − 1) + κN(N − 1)). A peak is named only where throughput was "
        "measured to fall."
    )
    return "\n\n".join(["## Scalability", markdown_table(header, rows), note])


def _peak(value: float | None) -> str:
    return NO_PEAK if value is None or pd.isna(value) else f"at {figure(value)}"
