"""What a cell is judged on: from its figures and its repeats to the evidence of its verdict and its flags."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from servebench.analyse.flags import CellFacts, flags_of
from servebench.analyse.verdicts import (
    OpenLoopEvidence,
    ThroughputEvidence,
    Verdict,
    open_loop_verdict,
    throughput_verdict,
)
from servebench.load_point import LoadPoint
from servebench.words import VerdictWord

Row = Mapping[str, Any]


def cell_flags(measured: pd.DataFrame, row: Row) -> list[str]:
    """What a reader should know of a cell, from its figures and its measured repeats."""
    low, high = (row[f"throughput_rps_{side}"] for side in ("low", "high"))
    half_width = (high - low) / 2 / row["throughput_rps"] if low is not None and high is not None else None
    return flags_of(
        CellFacts(
            generator_utilization=row["generator_cpu_utilization"],
            errors_total=row["errors_total"],
            error_rate=row["error_rate"],
            throughputs_rps=[float(value) for value in measured["throughput_rps"]],
            interval_half_width=half_width,
            littles_law_residual=_largest(measured["littles_law_residual"]),
            other_cores=_largest(measured["other_cores"]),
            steal_cores=_largest(measured["steal_cores"]),
            load_before_per_cpu=_largest(measured["load_before_per_cpu"]),
            trends=[float(value) for value in measured["throughput_trend"].dropna()],
        )
    )


def _largest(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.max()) if len(known) else None


def cell_verdict(point: LoadPoint, measured: pd.DataFrame, row: Row) -> Verdict:
    """What may be claimed of a cell: by its users, or by the rate that it was to keep."""
    is_pinned = bool(measured["is_pinned"].all())
    if point.users is not None:
        return _verdict_at_users(point.users, measured, row, is_pinned)
    return _verdict_at_rate(point, measured, row, is_pinned)


def _verdict_at_rate(point: LoadPoint, measured: pd.DataFrame, row: Row, is_pinned: bool) -> Verdict:
    if row["waited_share"] is None:
        return Verdict(VerdictWord.INCONCLUSIVE, "the generator does not say what it could not send in time")
    late_ms = row["send_delay_p99_ms"]
    return open_loop_verdict(
        OpenLoopEvidence(
            rate_rps=round(float(measured["rate_rps"].mean())),
            is_objective=point.keeps_objective,
            server_utilization=row["server_cpu_utilization"],
            generator_utilization=row["generator_cpu_utilization"],
            waited_share=float(row["waited_share"]),
            unanswered_share=float(row["unanswered_share"]),
            send_delay_p99_ms=None if pd.isna(late_ms) else float(late_ms),
            is_pinned=is_pinned,
        )
    )


def _verdict_at_users(users: int, measured: pd.DataFrame, row: Row, is_pinned: bool) -> Verdict:
    usable: Any = row["usable_cpus"] if pd.notna(row["usable_cpus"]) else row["server_cpus"]
    return throughput_verdict(
        ThroughputEvidence(
            server_utilization=row["server_cpu_utilization"],
            generator_utilization=row["generator_cpu_utilization"],
            users=users,
            think_time_s=float(measured["think_time_s"].iloc[0]),
            server_cpus=int(usable),
            is_pinned=is_pinned,
            shared_utilization=None if is_pinned else _shared_utilization(measured),
        )
    )


def _shared_utilization(measured: pd.DataFrame) -> float | None:
    used_cores = measured["cpu_mean_cores"] + measured["generator_cpu_mean_cores"]
    shares = used_cores / measured["server_cpus"]
    return float(shares.mean()) if shares.notna().all() else None
