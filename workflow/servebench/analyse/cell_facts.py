"""The facts of a cell that its flags are read from: from its figures and its measured repeats."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from servebench.analyse.flags import CellFacts, flags_of
from servebench.analyse.raw import RawTrial
from servebench.analyse.statistics import Interval

Row = Mapping[str, Any]


def cell_flags(measured: pd.DataFrame, counted: pd.DataFrame, raw: Sequence[RawTrial], row: Row) -> list[str]:
    """What a reader should know of a cell: its figures, its repeats, those that count, and their raw trials."""
    throughput = Interval(row["throughput_rps"], row["throughput_rps_low"], row["throughput_rps_high"], len(counted))
    return flags_of(
        CellFacts(
            generator_utilization=row["generator_cpu_utilization"],
            errors_total=row["errors_total"],
            error_rate=row["error_rate"],
            throughputs_rps=[float(value) for value in counted["throughput_rps"]],
            interval_half_width=throughput.half_width,
            littles_law_residual=_largest(counted["littles_law_residual"]),
            other_cores=_largest(counted["other_cores"] - counted["meter_cpu_cores"].fillna(0)),
            steal_cores=_largest(counted["steal_cores"]),
            load_before_per_cpu=_largest(counted["load_before_per_cpu"]),
            trends=[float(value) for value in counted["throughput_trend"].dropna()],
            repeats=len(measured),
            left_out=list(measured.loc[measured.index.difference(counted.index), "verdict_reason"]),
            made_again=[attempt.reason for trial in raw for attempt in trial.record.attempts],
            users=row["users"],
            listen_queue=_whole(counted["listen_queue_last"]),
            users_not_greeted=_whole(counted["connections"] - counted["connections_greeted"]),
            throttled_share=_largest(counted["throttled_share"]),
            reconnects=int(counted["reconnects"].fillna(0).sum()),
            requests=int(counted["requests"].fillna(0).sum()),
            memory_mib=_most_grown(counted),
        )
    )


def _most_grown(counted: pd.DataFrame) -> tuple[float, float] | None:
    """The server's own memory around the window in which it grew most; None where it is not told."""
    told = counted[["uss_first_mib", "uss_last_mib"]].dropna().astype(float)
    if told.empty:
        return None
    most = int((told["uss_last_mib"] - told["uss_first_mib"]).to_numpy().argmax())
    first, last = told.iloc[most]
    return float(first), float(last)


def _whole(values: pd.Series) -> int | None:
    found = _largest(values)
    return None if found is None else round(found)


def _largest(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.max()) if len(known) else None
