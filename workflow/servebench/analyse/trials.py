"""The table of trials: one row a trial, in the true order of measuring; what is missing is empty."""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import pandas as pd

from servebench.analyse.flags import littles_law_residual, relative_trend
from servebench.analyse.judge import error_share, server_utilization, trial_verdict, usable_cpus
from servebench.analyse.metrics import COMPUTED, catalogue
from servebench.analyse.raw import RawTrial
from servebench.analyse.schema import load_schema, to_frame
from servebench.config import System
from servebench.endpoint import EndpointDefinition
from servebench.load_point import parse_load_point
from servebench.thresholds import ERROR_SHARE, LITTLES_LAW_RESIDUAL
from servebench.trial.record import TrialRecord


def trials_table(trials: Sequence[RawTrial]) -> pd.DataFrame:
    """One row a trial."""
    ordered = sorted(trials, key=lambda trial: trial.record.started_unix_s)
    measured = [trial for trial in ordered if trial.record.load is not None]
    order = {id(trial): index for index, trial in enumerate(measured, start=1)}
    rows = [{**_row(trial), "order": order.get(id(trial))} for trial in ordered]
    return to_frame(rows, load_schema("trials"))


def _row(trial: RawTrial) -> dict[str, Any]:
    record = trial.record
    return {
        **record.key.model_dump(),
        "study": record.study,
        "campaign": record.campaign,
        **_made_of(record.settings.system),
        **_load_point(record),
        "think_time_s": record.settings.think_time_s,
        "outcome": str(record.outcome),
        "reason": record.reason,
        "remedy": record.remedy,
        "started_at": record.started_at,
        # Never missing: blocks are named by it.
        "node": record.machine.node or "",
        "lost_on": ", ".join(record.lost_on) or None,
        "errors": json.dumps(record.load.errors) if record.load and record.load.errors else None,
        "is_pinned": record.is_pinned,
        "busiest_load_host": record.generator.busiest_host if record.generator else None,
        **_verdict(trial),
        **_recorded(record),
        **_errors(record),
        **_usable(record),
        **_load_before(record),
        **_switches(record),
        **_by_row(record),
        "attempts": len(record.attempts) + 1 if record.load else None,
        "throughput_trend": _trend(trial),
        **_littles_law(record),
    }


def _made_of(system: System) -> dict[str, Any]:
    """What answers; how an endpoint asks its model is not known."""
    if isinstance(system, EndpointDefinition):
        return {"server": system.url, "inference": None}
    return {"server": system.server, "inference": str(system.inference)}


def _verdict(trial: RawTrial) -> dict[str, Any]:
    verdict = trial_verdict(trial)
    if verdict is None:
        return dict.fromkeys(("verdict", "verdict_reason", "throughput_is_lower_bound", "counts"))
    return {
        "verdict": str(verdict.word),
        "verdict_reason": verdict.reason,
        "throughput_is_lower_bound": verdict.is_lower_bound,
        "counts": verdict.is_counted,
    }


def _load_point(record: TrialRecord) -> dict[str, Any]:
    point = parse_load_point(record.key.load_point)
    searched_rps = record.search.rate_rps if record.search else None
    return {
        "loop": str(point.loop),
        "users": point.users,
        "rows": point.rows,
        "arrivals": (record.arrivals or record.settings.generator.arrivals) if point.is_open else None,
        "rate_rps": searched_rps if point.rate_rps is None else point.rate_rps,
    }


def _recorded(record: TrialRecord) -> dict[str, Any]:
    """Every metric that the record holds, from where the catalogue says that it stands."""
    sources = {metric.name: metric.trial for metric in catalogue()}
    return {name: _part(record, path) for name, path in sources.items() if path is not None and path != COMPUTED}


def _part(record: TrialRecord, path: str) -> Any:
    part, _, field = path.rpartition(".")
    holder = attrgetter(part)(record) if part else record
    return None if holder is None else getattr(holder, field)


def _errors(record: TrialRecord) -> dict[str, Any]:
    if record.load is None:
        return {"errors_total": None, "error_rate": None}
    return {"errors_total": sum(record.load.errors.values()), "error_rate": error_share(record.load)}


def _usable(record: TrialRecord) -> dict[str, Any]:
    if record.server is None or record.server.cpu_mean_cores is None:
        return {"usable_cpus": None, "server_cpu_utilization": None}
    return {"usable_cpus": usable_cpus(record.server), "server_cpu_utilization": server_utilization(record.server)}


def _switches(record: TrialRecord) -> dict[str, Any]:
    """How often the server left its CPUs, over all its answers; empty where it is not told."""
    names = ("voluntary_switches_per_request", "involuntary_switches_per_request")
    load, server = record.load, record.server
    answers = load.requests + sum(load.errors.values()) if load else 0
    if load is None or server is None or not answers:
        return dict.fromkeys(names)
    rates = (server.voluntary_switches_per_s, server.involuntary_switches_per_s)
    told = [None if rate is None else rate * load.window_s / answers for rate in rates]
    return dict(zip(names, told, strict=True))


def _by_row(record: TrialRecord) -> dict[str, Any]:
    """The figures of a request that are asked of a row: how many a second, and what one costs."""
    rows, load, server = parse_load_point(record.key.load_point).rows, record.load, record.server
    cpu_us = server.cpu_us_per_request if server else None
    return {
        "rows_per_s": load.throughput_rps * rows if load else None,
        "cpu_us_per_row": None if cpu_us is None else cpu_us / rows,
    }


def _load_before(record: TrialRecord) -> dict[str, Any]:
    if record.load is None:
        return {"load_before": None, "load_before_per_cpu": None}
    load = record.machine.load_1min
    return {"load_before": load, "load_before_per_cpu": load / record.machine.logical_cpus}


def _trend(trial: RawTrial) -> float | None:
    """The trend over whole seconds; an open loop's throughput is prescribed, a dead server's needs no trend."""
    load = trial.record.load
    if load is None or not trial.is_measured or parse_load_point(trial.record.key.load_point).is_open:
        return None
    return relative_trend(trial.good_answers()[: int(load.window_s)])


def _littles_law(record: TrialRecord) -> dict[str, Any]:
    """The residual; where it is large the percentiles are of the served users only, and are left empty."""
    residual = _residual(record)
    if residual is None or residual <= LITTLES_LAW_RESIDUAL:
        return {"littles_law_residual": residual}
    percentiles = [metric.name for metric in catalogue() if metric.percentile is not None]
    return {"littles_law_residual": residual, **dict.fromkeys(percentiles)}


def _residual(record: TrialRecord) -> float | None:
    """Of good answers: users whose requests fail, or are never answered, are missing in it. None at an open loop."""
    users = parse_load_point(record.key.load_point).users
    load = record.load
    if load is None or load.latency_mean_ms is None or users is None:
        return None
    errors = error_share(load)
    # Answers that are errors take their users' time too: with few of them the law still says who was served.
    if errors is None or errors > ERROR_SHARE:
        return None
    response_s, think_s = load.latency_mean_ms / 1000, record.settings.think_time_s
    return littles_law_residual(users, load.throughput_rps, response_s, think_s, load.window_s)
