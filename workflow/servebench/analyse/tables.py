"""Tidy tables from raw trials: one row a trial, a cell, a contrast."""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from servebench.analyse.flags import CellFacts, flags_of, littles_law_residual, relative_trend
from servebench.analyse.scalability import scalability_rows
from servebench.analyse.schema import load_schema, to_frame
from servebench.analyse.statistics import log_interval, paired_ratio
from servebench.analyse.verdicts import (
    OpenLoopEvidence,
    ThroughputEvidence,
    Verdict,
    open_loop_verdict,
    throughput_verdict,
)
from servebench.files import write_text
from servebench.histogram import new_histogram, percentiles_ms, read_hlog
from servebench.load_point import ClosedLoop, OpenLoop, parse_load_point
from servebench.trial.key import TrialKey
from servebench.trial.record import TrialRecord, read_record

# Cells carry these as <name>, <name>_low and <name>_high.
CELL_METRICS = (
    "throughput_rps",
    "latency_min_ms",
    "latency_mean_ms",
    "latency_max_ms",
    "pss_mean_mib",
    "pss_peak_mib",
    "rss_mean_mib",
    "rss_peak_mib",
    "rest_pss_mib",
    "cpu_mean_cores",
    "cpu_peak_cores",
    "cpu_us_per_request",
    "ready_s",
)
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99_9": 99.9}
# Latencies are told apart at a common open-loop rate only; closed-loop ones stand beside the article's.
CONTRAST_METRICS = {
    "closed": ("throughput_rps", "latency_mean_ms", "latency_max_ms", "cpu_us_per_request", "pss_mean_mib"),
    "open": ("latency_p50_ms", "latency_p95_ms", "cpu_us_per_request", "pss_mean_mib"),
    # A share of its own capacity is another rate for each system.
    "share": ("cpu_us_per_request", "pss_mean_mib"),
    "objective": ("throughput_rps", "cpu_us_per_request", "pss_mean_mib"),
}
CELL = ["model", "system", "generator", "load_point"]
LEAST_REQUESTS_BEYOND = 100
MEASURED = "measured"
OTHER_CAMPAIGN = "inconclusive: other campaign"


def write_tables(results: Sequence[Path], folder: Path) -> None:
    """Read the raw trials and write trials, cells, contrasts and scalability, each as .csv and .parquet."""
    records = [read_record(path) for path in results]
    series = {
        record.key: _good_answers(path.parent / "series.csv") for path, record in zip(results, records, strict=True)
    }
    trials = trials_table(records, series)
    histograms: dict[tuple[str, ...], list[Path]] = {_cell_of(record): [] for record in records}
    for path, record in zip(results, records, strict=True):
        if record.outcome == MEASURED:
            histograms[_cell_of(record)].append(path.parent / "latency.hlog")
    cells = cells_table(trials, histograms)
    scalability = to_frame(scalability_rows(trials, cells), load_schema("scalability"))
    tables = {"trials": trials, "cells": cells, "contrasts": contrasts_table(trials), "scalability": scalability}
    for name, frame in tables.items():
        write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Read a table with its schema's types."""
    return pd.read_parquet(folder / f"{name}.parquet")


def _cell_of(record: TrialRecord) -> tuple[str, ...]:
    key = record.key
    return key.model, key.system, key.generator, key.load_point


def _good_answers(path: Path) -> list[int]:
    """Good answers of each second of a trial's window."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
    return [int(line.split(",")[1]) for line in lines]


def trials_table(records: Sequence[TrialRecord], series: Mapping[TrialKey, Sequence[int]]) -> pd.DataFrame:
    """One row a trial, in the true order of measuring; what is missing is empty."""
    ordered = sorted(records, key=lambda record: record.started_unix_s)
    measured = [record for record in ordered if record.load is not None]
    order = {id(record): index for index, record in enumerate(measured, start=1)}
    rows = [
        {
            **_trial_row(record),
            "order": order.get(id(record)),
            "throughput_trend": _trend(record, series.get(record.key, [])),
        }
        for record in ordered
    ]
    return to_frame(rows, load_schema("trials"))


def _trial_row(record: TrialRecord) -> dict[str, Any]:
    load = record.load.model_dump() if record.load else {}
    server = record.server.model_dump() if record.server else {}
    errors = load.get("errors")
    errors_total = sum(errors.values()) if errors is not None else None
    answers = load["requests"] + errors_total if load else None
    return {
        **load,
        **server,
        **record.key.model_dump(),
        **_usable(record),
        "study": record.study,
        "campaign": record.campaign,
        "server": record.settings.system.server,
        "inference": record.settings.system.inference,
        **_load_point(record),
        "think_time_s": record.settings.think_time_s,
        "outcome": record.outcome,
        "reason": record.reason,
        "remedy": record.remedy,
        "started_at": record.started_at,
        "errors": json.dumps(errors) if errors else None,
        "errors_total": errors_total,
        "error_rate": errors_total / answers if answers else None,
        "generator_cpu_mean_cores": record.generator.cpu_mean_cores if record.generator else None,
        "generator_cpu_utilization": record.generator.cpu_utilization if record.generator else None,
        "generator_processes": record.generator.processes if record.generator else None,
        "server_cpus": server.get("cpus"),
        "is_pinned": record.placement.is_pinned if record.placement else None,
        "load_before": record.machine.load_1min if record.load else None,
        "load_before_per_cpu": record.machine.load_1min / record.machine.logical_cpus if record.load else None,
        "lock_wait_s": record.lock_wait_s,
        "other_cores": record.other_cores,
        "steal_cores": record.steal_cores,
        "littles_law_residual": _littles_law(record),
    }


def _trend(record: TrialRecord, answers: Sequence[int]) -> float | None:
    """The trend over whole seconds; an open loop's throughput is prescribed, a dead server's needs no trend."""
    if record.load is None or record.outcome != MEASURED:
        return None
    if not isinstance(parse_load_point(record.key.load_point), ClosedLoop):
        return None
    return relative_trend(answers[: int(record.load.window_s)])


def _littles_law(record: TrialRecord) -> float | None:
    point = parse_load_point(record.key.load_point)
    load = record.load
    if load is None or load.latency_mean_ms is None or load.errors or not isinstance(point, ClosedLoop):
        return None
    response_s, think_s = load.latency_mean_ms / 1000, record.settings.think_time_s
    return littles_law_residual(point.users, load.throughput_rps, response_s, think_s, load.window_s)


def _load_point(record: TrialRecord) -> dict[str, Any]:
    point = parse_load_point(record.key.load_point)
    users = point.users if isinstance(point, ClosedLoop) else None
    rate_rps = point.rate_rps if isinstance(point, OpenLoop) else record.search.rate_rps if record.search else None
    return {"loop": point.loop, "users": users, "rate_rps": rate_rps}


def _usable(record: TrialRecord) -> dict[str, Any]:
    """The CPUs that the server can use: its own, at most one a worker or thread."""
    if record.server is None or record.server.cpu_mean_cores is None:
        return {"usable_cpus": None, "server_cpu_utilization": None}
    usable = min(record.server.cpus, record.server.parallelism)
    return {"usable_cpus": usable, "server_cpu_utilization": record.server.cpu_mean_cores / usable}


def cells_table(trials: pd.DataFrame, histograms: dict[tuple[str, ...], list[Path]]) -> pd.DataFrame:
    """One row a cell: means over its measured repeats with 95 % intervals, merged percentiles, the verdict."""
    groups = dict(iter(trials.groupby(CELL, sort=False)))
    # In the order of the results given, which is the config's.
    rows = [_cell_row(dict(zip(CELL, cell, strict=True)), groups[cell], logs) for cell, logs in histograms.items()]
    return to_frame(rows, load_schema("cells"))


def _cell_row(cell: dict[str, str], group: pd.DataFrame, logs: list[Path]) -> dict[str, Any]:
    measured = group[group["outcome"] == MEASURED]
    first = group.iloc[0]
    row: dict[str, Any] = {
        **cell,
        "server": first["server"],
        "inference": first["inference"],
        "loop": first["loop"],
        "users": first["users"],
        # A rate that was searched differs between the repeats.
        "rate_rps": first["rate_rps"] if first["loop"] == "open" else None,
        "repeats": len(measured),
        "trials_died": int((group["outcome"] == "server died").sum()),
        "reason": _first(group["reason"]),
        "remedy": _first(group["remedy"]),
    }
    if measured.empty:
        return row
    for metric in CELL_METRICS:
        row |= _estimate(metric, measured[metric])
    row |= _percentiles(measured, logs)
    for name in ("requests", "errors_total"):
        row[name] = int(measured[name].sum())
    answers = row["requests"] + row["errors_total"]
    row["error_rate"] = row["errors_total"] / answers if answers else None
    for name in ("threads_peak", "processes_peak", "server_cpus", "usable_cpus"):
        row[name] = measured[name].max()
    row["server_cpu_utilization"] = _mean(measured["server_cpu_utilization"])
    row["generator_cpu_utilization"] = measured["generator_cpu_utilization"].mean()
    row["generator_cpu_utilization_peak"] = measured["generator_cpu_utilization"].max()
    row |= _open_loop_shares(measured)
    return row | _verdict(measured, row) | {"flags": "; ".join(_flags(measured, row)) or None}


def _first(values: pd.Series) -> Any:
    known = values.dropna()
    return known.iloc[0] if len(known) else None


def _mean(values: pd.Series) -> float | None:
    return float(values.mean()) if values.notna().all() else None


def _estimate(name: str, values: pd.Series) -> dict[str, Any]:
    """Estimate and bounds of a metric; empty where a repeat lacks it."""
    interval = log_interval([float(v) for v in values]) if values.notna().all() else None
    if interval is None:
        return {}
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _percentiles(measured: pd.DataFrame, logs: list[Path]) -> dict[str, Any]:
    """Percentiles over the repeats with their intervals, and those of all repeats' merged histograms.

    A percentile needs 100 requests beyond it, else it is empty.
    """
    merged = new_histogram()
    for path in logs:
        merged.add(read_hlog(path))
    total = merged.get_total_count()
    row: dict[str, Any] = {}
    for (label, percentile), value in zip(
        PERCENTILES.items(), percentiles_ms(merged, list(PERCENTILES.values())), strict=True
    ):
        if total * (1 - percentile / 100) >= LEAST_REQUESTS_BEYOND:
            name = f"latency_{label}_ms"
            row |= _estimate(name, measured[name])
            row[f"latency_{label}_merged_ms"] = value
    return row


def _flags(measured: pd.DataFrame, row: dict[str, Any]) -> list[str]:
    low, high = (row.get(f"throughput_rps_{side}") for side in ("low", "high"))
    half_width = (high - low) / 2 / row["throughput_rps"] if low is not None and high is not None else None
    return flags_of(
        CellFacts(
            generator_utilization=row["generator_cpu_utilization"],
            errors_total=row["errors_total"],
            error_rate=row["error_rate"],
            throughputs_rps=[float(value) for value in measured["throughput_rps"]],
            interval_half_width=half_width,
            trends=[float(value) for value in measured["throughput_trend"].dropna()],
            **{
                name: _largest(measured[name])
                for name in ("littles_law_residual", "other_cores", "steal_cores", "load_before_per_cpu")
            },
        )
    )


def _largest(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.max()) if len(known) else None


def _open_loop_shares(measured: pd.DataFrame) -> dict[str, Any]:
    """How the cell's scheduled requests fared; empty for a closed loop."""
    scheduled = measured["scheduled"].sum()
    if not scheduled:
        return {}
    return {
        "waited_share": measured["waited_for_connection"].sum() / scheduled,
        "unanswered_share": (measured["in_flight"] + measured["unsent"]).sum() / scheduled,
        "send_delay_p99_ms": measured["send_delay_p99_ms"].max(),
    }


def _verdict(measured: pd.DataFrame, row: dict[str, Any]) -> dict[str, Any]:
    is_pinned = bool(measured["is_pinned"].all())
    if row["loop"] != "closed" and "waited_share" not in row:
        verdict = Verdict("inconclusive", "the generator does not say what it could not send in time")
    elif row["loop"] != "closed":
        late_ms = row["send_delay_p99_ms"]
        verdict = open_loop_verdict(
            OpenLoopEvidence(
                rate_rps=round(float(measured["rate_rps"].mean())),
                is_objective=row["loop"] == "objective",
                server_utilization=row["server_cpu_utilization"],
                generator_utilization=row["generator_cpu_utilization"],
                waited_share=float(row["waited_share"]),
                unanswered_share=float(row["unanswered_share"]),
                send_delay_p99_ms=None if pd.isna(late_ms) else float(late_ms),
                is_pinned=is_pinned,
            )
        )
    else:
        usable = row["usable_cpus"] if pd.notna(row["usable_cpus"]) else row["server_cpus"]
        verdict = throughput_verdict(
            ThroughputEvidence(
                server_utilization=row["server_cpu_utilization"],
                generator_utilization=row["generator_cpu_utilization"],
                users=int(row["users"]),
                think_time_s=float(measured["think_time_s"].iloc[0]),
                server_cpus=int(usable),
                is_pinned=is_pinned,
                shared_utilization=None if is_pinned else _shared_utilization(measured),
            )
        )
    return {
        "verdict": verdict.word,
        "verdict_reason": verdict.reason,
        "throughput_is_lower_bound": verdict.is_lower_bound,
    }


def _shared_utilization(measured: pd.DataFrame) -> float | None:
    used_cores = measured["cpu_mean_cores"] + measured["generator_cpu_mean_cores"]
    return _mean(used_cores / measured["server_cpus"])


def contrasts_table(trials: pd.DataFrame) -> pd.DataFrame:
    """Ratios of two systems at the same load, within blocks of one campaign."""
    measured = trials[trials["outcome"] == MEASURED]
    rows: list[dict[str, Any]] = []
    for (model, generator, load_point), group in measured.groupby(["model", "generator", "load_point"], sort=False):
        systems = list(dict.fromkeys(sorted(group["system"])))
        for numerator, denominator in combinations(systems, 2):
            base = {"model": model, "generator": generator, "load_point": load_point}
            rows += _contrast_rows(base, group, numerator, denominator)
    return to_frame(rows, load_schema("contrasts"))


def _contrast_rows(base: dict[str, Any], group: pd.DataFrame, numerator: str, denominator: str) -> list[dict[str, Any]]:
    left, right = (
        group[group["system"] == name].set_index(["campaign", "repeat"]) for name in (numerator, denominator)
    )
    blocks = left.index.intersection(right.index)
    rows = []
    for metric in CONTRAST_METRICS[group["loop"].iloc[0]]:
        pair = pd.DataFrame({"a": left.loc[blocks, metric], "b": right.loc[blocks, metric]}).dropna()
        ratio = paired_ratio([float(v) for v in pair["a"]], [float(v) for v in pair["b"]])
        rows.append(
            {
                **base,
                "numerator": numerator,
                "denominator": denominator,
                "metric": metric,
                "blocks": len(pair),
                "ratio": ratio.estimate if ratio else None,
                "ratio_low": ratio.low if ratio else None,
                "ratio_high": ratio.high if ratio else None,
                "reason": _why_no_ratio(len(blocks), len(pair)),
            }
        )
    return rows


def _why_no_ratio(shared_blocks: int, pairs: int) -> str | None:
    if not shared_blocks:
        return OTHER_CAMPAIGN
    return None if pairs else "inconclusive: not measured"
