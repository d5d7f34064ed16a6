"""Trials as they lie in a study's folder, with the figures that a test wants."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from servebench.analyse.criteria import Criteria
from servebench.analyse.tables import write_tables
from servebench.config import dump_config, load_config
from servebench.files import write_text
from servebench.histogram import histogram_of, new_histogram, write_hlog
from servebench.load_point import parse_load_point
from servebench.paths import StudyPaths
from servebench.report.data import StudyData, load_study
from servebench.trial.record import TrialRecord

from support.packages import default_config

OPEN_LOOP = {"scheduled": 900, "waited_for_connection": 0, "in_flight": 0, "unsent": 0, "send_delay_p99_ms": 0.1}
MACHINE = {
    "cpu_model": "a CPU",
    "logical_cpus": 2,
    "memory_mib": 1024,
    "kernel": "6.1",
    "system": "Linux-6.1",
    "governor": None,
    "cpu_quota": None,
    "node": None,
    "load_1min": 0.1,
    "python": "3.11.7",
}
# Changes that make a record one of before, which tells nothing of what CPUs and threads did.
UNTOLD: dict[str, dict[str, Any]] = {
    "server": dict.fromkeys(
        [
            *("cpus_idle_share", "run_queue_share", "busiest_thread_cores", "voluntary_switches_per_s"),
            *("listen_queue_first", "listen_queue_last", "involuntary_switches_per_s"),
        ]
    ),
    "generator": dict.fromkeys(["run_queue_share", "gap_share"]),
}
PINNED = {"server": [1], "generator": [0], "is_pinned": True, "is_shared": False}


def settings(server: str, inference: str) -> dict[str, Any]:
    """What a trial was asked."""
    config = default_config()
    return {
        "instrument_version": 3,
        "model": config.model_catalogue["digits-boosting"].model_dump(mode="json"),
        "system": {"server": server, "inference": inference, "workers": None, "threads": "cores", "cores": None},
        "generator": config.generator_catalogue["locust"].model_dump(mode="json"),
        "warmup_s": 1.0,
        "duration_s": 3.0,
        "think_time_s": 0.0,
        "timeout_s": 10.0,
        "start_timeout_s": 60.0,
        "seed": 1,
        "decimals": "data",
        "placement": "pinned",
        "server_cores": None,
        "numeric_threads": 1,
    }


def latency_of(load_point: str, throughput: float | None) -> float:
    """The latency in ms that a closed loop's users have by Little's law; 1 ms at a rate."""
    users = parse_load_point(load_point).users
    return 1000.0 * users / throughput if users and throughput else 1.0


def load_figures(
    throughput: float, errors: dict[str, int] | None, load_point: str, latency_ms: float
) -> dict[str, Any]:
    """What the generator counted in 3 s."""
    latencies = dict.fromkeys(
        [f"latency_{name}_ms" for name in ("min", "mean", "p50", "p90", "p95", "p99", "p99_9", "max")], latency_ms
    )
    return {
        "window_s": 3,
        "requests": int(throughput * 3),
        "errors": errors or {},
        "throughput_rps": throughput,
        "answers_checked": 1,
        **latencies,
        "latency_min_ms": min(1.0, latency_ms),
        **(OPEN_LOOP if parse_load_point(load_point).is_open else {}),
    }


def server_figures(cpu: float, cpu_us: float) -> dict[str, Any]:
    """What the server used."""
    memory = ["rest_uss_mib", "uss_first_mib", "uss_last_mib", "rest_pss_mib", "pss_first_mib", "pss_last_mib"]
    memory += ["rest_rss_mib", "rss_mean_mib", "rss_peak_mib"]
    return {
        "command": ["./run"],
        "health": {},
        "affinity": [1],
        "cpus": 1,
        "parallelism": 1,
        "ready_s": 0.1,
        "cpu_mean_cores": cpu,
        "cpu_peak_cores": cpu,
        "cpu_us_per_request": cpu_us,
        "threads_peak": 1,
        "processes_peak": 1,
        "cpus_idle_share": max(0.0, 1 - cpu),
        "run_queue_share": 0.0,
        "busiest_thread_cores": cpu,
        "voluntary_switches_per_s": 100.0,
        "involuntary_switches_per_s": 20.0,
        "listen_queue_first": 0,
        "listen_queue_last": 0,
        **dict.fromkeys(memory, 10.0),
    }


def _search(rate_rps: int | None) -> dict[str, Any] | None:
    """How the rate was found, where the system decides it."""
    if rate_rps is None:
        return None
    return {"capacity_rps": 2.0 * rate_rps, "rate_rps": rate_rps, "probes": [], "lowerings": 0, "repetitions": 0}


def make_trial(
    folder: Path,
    system: str,
    repeat: int,
    throughput: float | None = None,
    campaign: str = "one",
    cpu: float = 0.99,
    generator_cpu: float = 0.3,
    errors: dict[str, int] | None = None,
    load_point: str = "users-64",
    server: str | None = None,
    inference: str = "compiled",
    cpu_us: float = 50.0,
    model: str = "m",
    searched_rps: int | None = None,
    parts: Mapping[str, Mapping[str, Any]] | None = None,
    generator: str = "locust",
    series: Sequence[Sequence[float]] = (),
    latency_ms: float | None = None,
    arrivals: str | None = None,
    **changes: Any,
) -> Path:
    """Write one trial's raw files; without a throughput it was not measured. Returns its result.json.

    Every answer took `latency_ms`, in a closed loop by default what Little's law says. `parts` are changes to the
    record's load, server, generator or settings, `changes` to the record itself; `series` are the rows of series.csv.
    """
    latency_ms = latency_of(load_point, throughput) if latency_ms is None else latency_ms
    measured: dict[str, Any] = {"outcome": "not measured", "reason": "no compiler", "remedy": "install one"}
    if throughput is not None:
        measured = {
            "outcome": "measured",
            "search": _search(searched_rps),
            "arrivals": arrivals,
            "placement": PINNED,
            "load": load_figures(throughput, errors, load_point, latency_ms),
            "server": server_figures(cpu, cpu_us),
            "generator": {
                "command": ["g"],
                "processes": 1,
                "affinity": [0],
                "cpu_mean_cores": generator_cpu,
                "cpu_utilization": generator_cpu,
                "run_queue_share": 0.0,
            },
        }
    parts = parts or {}
    measured |= {name: {**measured[name], **parts[name]} for name in ("load", "server", "generator") if name in parts}
    record = TrialRecord.model_validate(
        {
            "study": "s",
            "campaign": campaign,
            "key": {
                "model": model,
                "system": system,
                "generator": generator,
                "load_point": load_point,
                "repeat": repeat,
            },
            "settings": {**settings(server or system, inference), **parts.get("settings", {})},
            "started_at": "2026-01-01T00:00:00+00:00",
            "started_unix_s": float(repeat),
            "machine": MACHINE,
            **measured,
            **changes,
        }
    )
    path = folder / model / system / generator / load_point / str(repeat)
    path.mkdir(parents=True)
    (path / "result.json").write_text(record.model_dump_json())
    histogram = (
        new_histogram() if throughput is None else histogram_of([(round(latency_ms * 1e6), int(throughput * 3))])
    )
    write_hlog(path / "latency.hlog", histogram, 0.0, 3.0)
    if series:
        rows = [",".join(map(str, (second, *counts))) for second, counts in enumerate(series)]
        (path / "series.csv").write_text("\n".join(["second,requests,errors,slowest_ms", *rows, ""]))
    return path / "result.json"


def make_study(folder: Path, results: list[Path], **changes: object) -> StudyPaths:
    """A study's folder with the tables of these trials; `changes` are to the default configuration."""
    paths = StudyPaths(folder)
    write_text(paths.config, dump_config(default_config(models=["digits-boosting"], **changes)))
    write_tables(results, paths.tables, Criteria.of(load_config(paths.config)))
    return paths


def study_data(folder: Path, results: list[Path], **changes: object) -> StudyData:
    """The same, read."""
    return load_study(make_study(folder, results, **changes))
