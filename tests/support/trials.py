"""Trials as they lie in a study's folder, with the figures that a test wants."""

from pathlib import Path
from typing import Any

from servebench.analyse.tables import write_tables
from servebench.config import dump_config
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
    "load_1min": 0.1,
    "python": "3.11.7",
    "cpu_quota": None,
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
        "precision": "data",
        "placement": "pinned",
        "server_cores": None,
        "numeric_threads": 1,
    }


def load_figures(throughput: float, errors: dict[str, int] | None, load_point: str) -> dict[str, Any]:
    """What the generator counted in 3 s."""
    latencies = dict.fromkeys(
        [f"latency_{name}_ms" for name in ("min", "mean", "p50", "p90", "p95", "p99", "p99_9", "max")], 1.0
    )
    return {
        "window_s": 3,
        "requests": int(throughput * 3),
        "errors": errors or {},
        "throughput_rps": throughput,
        "answers_checked": 1,
        **latencies,
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
) -> Path:
    """Write one trial's raw files; without a throughput it was not measured. Returns its result.json."""
    measured: dict[str, Any] = {"outcome": "not measured", "reason": "no compiler", "remedy": "install one"}
    if throughput is not None:
        measured = {
            "outcome": "measured",
            "search": _search(searched_rps),
            "placement": PINNED,
            "load": load_figures(throughput, errors, load_point),
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
    record = TrialRecord.model_validate(
        {
            "study": "s",
            "campaign": campaign,
            "key": {
                "model": model,
                "system": system,
                "generator": "locust",
                "load_point": load_point,
                "repeat": repeat,
            },
            "settings": settings(server or system, inference),
            "started_at": "2026-01-01T00:00:00+00:00",
            "started_unix_s": float(repeat),
            "machine": MACHINE,
            **measured,
        }
    )
    path = folder / model / system / "locust" / load_point / str(repeat)
    path.mkdir(parents=True)
    (path / "result.json").write_text(record.model_dump_json())
    histogram = new_histogram() if throughput is None else histogram_of([(1_000_000, int(throughput * 3))])
    write_hlog(path / "latency.hlog", histogram, 0.0, 3.0)
    return path / "result.json"


def make_study(folder: Path, results: list[Path], **changes: object) -> StudyPaths:
    """A study's folder with the tables of these trials; `changes` are to the default configuration."""
    paths = StudyPaths(folder)
    write_text(paths.config, dump_config(default_config(models=["digits-boosting"], **changes)))
    write_tables(results, paths.tables)
    return paths


def study_data(folder: Path, results: list[Path], **changes: object) -> StudyData:
    """The same, read."""
    return load_study(make_study(folder, results, **changes))
