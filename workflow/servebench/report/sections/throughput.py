"""Throughput and latency of every cell, with interval and verdict, and what the verdicts mean."""

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import load_of, rows_of
from servebench.report.data import StudyData
from servebench.report.format import latency_with_interval, markdown_table, with_interval
from servebench.report.intervals import interval_note
from servebench.report.word_list import word_list
from servebench.thresholds import LEAST_REQUESTS_BEYOND, LEAST_SECONDS_BEYOND
from servebench.words import VerdictWord

PERCENTILES = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms")
NOTE = (
    "A percentile is left empty with fewer than "
    f"{LEAST_REQUESTS_BEYOND} requests beyond it in {LEAST_SECONDS_BEYOND} different seconds, and where by Little's "
    "law not all users of a closed loop were served. ≥ marks a lower bound: of a throughput that somebody else "
    "limited, of a percentile among requests that had no answer. ≤ marks an upper one: of a latency that holds the "
    "generator's own time, or a wait for a CPU that others had."
)


def throughput(data: StudyData) -> str:
    """The table, and the words in it."""
    table = _table(data.measured_cells)
    return "\n\n".join(["## Throughput and its verdict", table, word_list(VerdictWord), throughput_note(data)])


def throughput_note(data: StudyData) -> str:
    """What brackets, empty figures and marks mean."""
    return f"{interval_note(data)} {NOTE}"


def _table(cells: pd.DataFrame) -> str:
    with_model, with_generator = (cells[name].nunique() > 1 for name in ("model", "generator"))
    with_rows = bool((rows_of(cells) > 1).any())
    header = [
        *(["model"] if with_model else []),
        "system",
        *(["generator"] if with_generator else []),
        *("load", "requests/s", *(["rows/s"] if with_rows else []), "verdict"),
        *(metric_of(name).short_title for name in PERCENTILES),
        "why",
    ]
    rows = [
        [
            *([row["model"]] if with_model else []),
            row["system"],
            *([row["generator"]] if with_generator else []),
            load_of(row).label,
            *(
                with_interval(row, name, bool(row["throughput_is_lower_bound"]))
                for name in ("throughput_rps", *(["rows_per_s"] if with_rows else []))
            ),
            row["verdict"],
            *(latency_with_interval(row, name) for name in PERCENTILES),
            row["verdict_reason"],
        ]
        for _, row in cells.iterrows()
    ]
    return markdown_table(header, rows)
