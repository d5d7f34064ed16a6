"""The smallest real study: prepared up to its first trial once a session, then copied for each test that breaks it."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from servebench.analyse.criteria import Criteria
from servebench.analyse.resolutions import read_resolutions
from servebench.analyse.tables import TABLES, read_table, write_tables
from servebench.config import Config, load_config
from servebench.files import sha256_file
from servebench.paths import StudyPaths
from servebench.plan.cells import trial_keys, trial_result
from servebench.trial.key import TrialKey

from support.checkout import Checkout
from support.processes import none_left

STUDY = "tiny"
NATIVE = "beast"
# A FastAPI server of two processes.
WORKERS = "workers"
PRESET = {
    "study": STUDY,
    "models": ["cancer-logistic"],
    "systems": [NATIVE],
    "users": [1],
    "rates": [],
    "also": [],
    "repeats": 1,
    "warmup_s": 0.1,
    "duration_s": 1,
    "system_catalogue": {WORKERS: {"server": "fastapi", "inference": "compiled", "workers": 2}},
}
# What a trial brings that no clock decides.
DETERMINISTIC = (
    *("study", "model", "system", "server", "inference", "generator", "load_point", "loop", "users", "rows"),
    *("think_time_s", "repeat", "outcome", "reason", "remedy", "is_pinned"),
)
# What is made of the seed alone.
SEEDED = ("payloads.jsonl", "golden.jsonl", "model.joblib")


class TinyStudy:
    """A checkout of its own with a study in it, asked for its tables: the report of it would take longer than it."""

    def __init__(self, checkout: Checkout, **settings: object) -> None:
        self.checkout = checkout
        self.settings: Mapping[str, object] = {"study": STUDY, **settings}

    @property
    def folder(self) -> Path:
        return self.checkout.folder

    @property
    def paths(self) -> StudyPaths:
        return StudyPaths(self.folder / "results" / str(self.settings["study"]))

    def named(self, **settings: object) -> "TinyStudy":
        """The same with other settings, in the same checkout."""
        return TinyStudy(self.checkout, **{**self.settings, **settings})

    def arguments(self) -> list[str]:
        tables = self.paths.tables.relative_to(self.folder) / f"{TABLES[0]}.csv"
        given = [f"{name}={value}" for name, value in self.settings.items()]
        return [str(tables), "--cores", "2", "--configfile", f"config/{STUDY}.yaml", "--config", *given]

    def run(self) -> "subprocess.CompletedProcess[str]":
        """Run it to its end."""
        return self.checkout.snakemake(*self.arguments())

    def start(self) -> "subprocess.Popen[str]":
        """Start it in a session of its own."""
        return self.checkout.start(*self.arguments())

    def go_on(self) -> "subprocess.CompletedProcess[str]":
        """Run it to an end that must be good."""
        done = self.run()
        assert done.returncode == 0, done.stdout
        assert "Traceback" not in done.stdout
        return done

    def journal(self) -> list[TrialKey]:
        """The trials that have ended, in their order."""
        if not self.paths.journal.exists():
            return []
        lines = [json.loads(line) for line in self.paths.journal.read_text().splitlines()]
        return [TrialKey(**{name: line[name] for name in TrialKey.model_fields}) for line in lines]

    def raw(self, keys: list[TrialKey] | None = None) -> dict[str, str]:
        """The raw files of trials, of all that are there, by their hash."""
        keys = self.journal() if keys is None else keys
        folders = [trial_result(self.paths, key).parent for key in keys]
        files = [path for folder in folders for path in sorted(folder.glob("*"))]
        return {str(path.relative_to(self.paths.root)): sha256_file(path) for path in files}

    def seeded(self) -> dict[str, str]:
        """What the seed alone decides, by its hash."""
        files = [path for name in SEEDED for path in sorted(self.paths.root.glob(f"model*/**/{name}"))]
        return {str(path.relative_to(self.paths.root)): sha256_file(path) for path in files}

    def assert_nobody_left(self, patience_s: float = 20.0) -> None:
        """No process of this checkout runs any more."""
        assert none_left(str(self.folder), patience_s)

    def assert_as_without_fault(self, kept: Mapping[str, str], like: "TinyStudy", tmp_path: Path) -> None:
        """It is whole, what was `kept` is still there, and its tables are as those of the study that had no fault."""
        self.assert_nobody_left()
        config = load_config(self.paths.config)
        assert not list(self.paths.root.glob("trials/**/.*.partial"))
        assert {name: self.raw(trial_keys(config)).get(name) for name in kept} == dict(kept)
        assert self.seeded() == like.seeded()
        assert self.rows() == like.rows_of(config)
        # Of these raw files the tables are the same bytes, whoever makes them.
        results = [trial_result(self.paths, key) for key in trial_keys(config)]
        calibrations = [self.paths.calibration(name) for name in config.every_generator]
        again = tmp_path / "tables-again"
        write_tables(results, again, Criteria.of(config), read_resolutions(calibrations))
        for name in TABLES:
            assert (again / f"{name}.csv").read_bytes() == (self.paths.tables / f"{name}.csv").read_bytes()
        shutil.rmtree(again)

    def trials(self) -> list[dict[str, Any]]:
        """The table of trials, a row each."""
        return list(json.loads(read_table(self.paths.tables, "trials").to_json(orient="records")))

    def rows(self) -> list[dict[str, object]]:
        """The deterministic part of the table of trials."""
        frame = read_table(self.paths.tables, "trials")[list(DETERMINISTIC)].sort_values(["system", "repeat"])
        return list(json.loads(frame.to_json(orient="records")))

    def rows_of(self, config: Config) -> list[dict[str, object]]:
        """The same of another study of these systems, by the first repeat of each."""
        first = [row for row in self.rows() if row["repeat"] == 1 and row["system"] in config.systems]
        repeats = range(1, config.repeats + 1)
        return [{**row, "study": config.study, "repeat": repeat} for row in first for repeat in repeats]


def finished_tiny_study(folder: Path, cache: Path) -> TinyStudy:
    """A study that nothing disturbed, of both systems."""
    checkout = Checkout(folder, cache)
    (folder / "config" / f"{STUDY}.yaml").write_text(yaml.safe_dump(PRESET))
    study = TinyStudy(checkout, systems=f"[{NATIVE},{WORKERS}]")
    study.go_on()
    return study


def copy_of(study: TinyStudy, folder: Path, **settings: object) -> TinyStudy:
    """A copy of a finished study, without its trials: the next call begins with the first one."""
    shutil.copytree(study.folder, folder, symlinks=True)
    copy = TinyStudy(Checkout.at(folder), **settings)
    for part in (copy.paths.root / "trials", copy.paths.tables):
        shutil.rmtree(part)
    copy.paths.journal.unlink()
    return copy
