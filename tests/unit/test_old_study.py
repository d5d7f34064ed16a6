"""A study that version 0.1 made, as it wrote it: it is still read and reported."""

import json

import pytest
from servebench.analyse.tables import read_table, write_tables
from servebench.config import dump_config
from servebench.files import write_json, write_text
from servebench.histogram import histogram_of, write_hlog
from servebench.paths import StudyPaths
from servebench.report.data import load_study
from servebench.report.page.systems import systems_table
from servebench.report.sections import DETAILS, SUMMARY
from servebench.report.sections.section import join_sections
from support.packages import default_config

RECORD = """{
  "schema_version": 1, "instrument_version": 3, "study": "old", "campaign": "20260101T000000Z-abcdef",
  "key": {"model": "cancer-logistic", "system": "SYSTEM", "generator": "native", "load_point": "users-64", "repeat": 1},
  "settings": {
    "instrument_version": 3,
    "model": {"dataset": "breast_cancer", "estimator": "logistic_regression", "parameters": {}, "scale": true},
    "system": {"server": "beast", "inference": "native", "workers": null, "threads": "cores", "cores": null},
    "generator": {
      "kind": "native", "user_class": "FastHttpUser", "processes": 1, "threads": 1, "waiting": "spin",
      "connections": 64, "arrivals": "constant"
    },
    "warmup_s": 0.5, "duration_s": 1.0, "think_time_s": 0.0, "timeout_s": 10.0, "start_timeout_s": 60.0, "seed": 1,
    "precision": "data", "placement": "pinned", "server_cores": null, "numeric_threads": 1
  },
  "outcome": "measured", "reason": null, "remedy": null,
  "started_at": "2026-01-01T00:00:00.000+00:00", "started_unix_s": 1767225600.0, "lock_wait_s": 0.0,
  "placement": {"server": [1], "generator": [0], "is_pinned": true, "is_shared": false},
  "machine": {
    "cpu_model": "a CPU", "logical_cpus": 2, "memory_mib": 24105, "kernel": "6.1", "system": "Linux-6.1",
    "governor": null, "load_1min": 0.5, "python": "3.11.7"
  },
  "other_cores": 0.01, "steal_cores": 0.0, "versions": {"boost": "1.90.0"}, "search": null,
  "load": {
    "window_s": 1.0, "requests": 1000, "errors": {}, "throughput_rps": 1000.0, "latency_min_ms": 0.6,
    "latency_mean_ms": 64.0, "latency_p50_ms": 64.0, "latency_p90_ms": 64.0, "latency_p95_ms": 64.0,
    "latency_p99_ms": 64.0, "latency_p99_9_ms": 64.0, "latency_max_ms": 64.0, "answers_checked": 100,
    "scheduled": null, "waited_for_connection": null, "in_flight": null, "unsent": null, "send_delay_p99_ms": null
  },
  "server": {
    "command": ["run"], "health": {"status": "ok", "inference": "native"}, "affinity": [1], "cpus": 1,
    "parallelism": 1, "ready_s": 0.1, "rest_pss_mib": 1.5, "rest_rss_mib": 4.0, "pss_mean_mib": 1.6,
    "pss_peak_mib": 1.7, "rss_mean_mib": 4.1, "rss_peak_mib": 4.2, "cpu_mean_cores": 0.99, "cpu_peak_cores": 1.0,
    "cpu_us_per_request": 990.0, "threads_peak": 1, "processes_peak": 1
  },
  "generator": {
    "command": ["loadgen"], "processes": 1, "affinity": [0], "cpu_mean_cores": 0.1, "cpu_utilization": 0.1
  }
}"""
SYSTEM = "fastapi-native"


@pytest.fixture
def study(tmp_path):
    paths = StudyPaths(tmp_path / "old")
    config = default_config(models=["cancer-logistic"], systems=["fastapi-compiled"], generators=["native"], also=[])
    text = dump_config(config).replace("fastapi-compiled", SYSTEM).replace("inference: compiled", "inference: native")
    kept = [line for line in text.splitlines() if not line.startswith(("precision", "smallest_effect"))]
    text = "\n".join(kept).replace("decimals: data", "precision: data")
    assert "inference: native" in text
    assert "precision: data" in text
    write_text(paths.config, text)
    folder = paths.trial("cancer-logistic", SYSTEM, "native", "users-64", 1)
    write_text(folder / "result.json", RECORD.replace("SYSTEM", SYSTEM))
    write_hlog(folder / "latency.hlog", histogram_of([(64_000_000, 1000)]), 0.0, 1.0)
    definition = {"estimator": "logistic_regression", "dataset": "breast_cancer"}
    quality = {"metric": "accuracy", "value": 0.965}
    model = {"definition": definition, "n_features": 30, "held_out": quality}
    write_json(paths.model("cancer-logistic") / "manifest.json", model)
    write_json(paths.build("cancer-logistic", SYSTEM) / "manifest.json", {"system": SYSTEM, "status": "built"})
    write_tables([folder / "result.json"], paths.tables)
    return paths


def test_its_figures_are_what_the_record_says(study):
    trial = read_table(study.tables, "trials").iloc[0]
    recorded = json.loads(RECORD)
    for part in ("load", "server"):
        for name, value in recorded[part].items():
            if name in trial.index and name != "errors":
                assert trial.isna()[name] if value is None else trial[name] == value, name
    assert trial["inference"] == "compiled"
    assert read_table(study.tables, "cells").iloc[0]["verdict"] == "capacity"


def test_it_is_reported(study):
    text = join_sections(load_study(study), (*SUMMARY, *DETAILS))
    assert f"| {SYSTEM} | 64 users | 1,000 | capacity |" in text
    assert "deviations" not in text


def test_its_memory_is_shown_as_what_it_is(study):
    data = load_study(study)
    assert data.memory == "pss_mean_mib"
    assert "memory (PSS, MiB)" in [column.title for column in systems_table(data).columns]
    assert "USS" not in join_sections(data, (*SUMMARY, *DETAILS))
