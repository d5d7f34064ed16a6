"""The smallest real study: made once a session, and begun anew at its first trial for each test that breaks it."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from servebench.analyse.study_tables import write_study_tables
from servebench.analyse.tables import TABLES, read_table
from servebench.config import Config, load_config
from servebench.files import sha256_file
from servebench.paths import StudyPaths
from servebench.plan.cells import trial_keys, trial_result
from servebench.trial.key import TrialKey
from servebench.trial.record import read_record
from servebench.words import Outcome

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
# Of the trials whose server died: each takes its seconds.
MEASURED_AGAIN = 3
# What a trial brings that no clock decides.
DETERMINISTIC = (
    *("study", "model", "system", "server", "inference", "generator", "load_point", "loop", "users", "rows"),
    *("think_time_s", "repeat", "outcome", "reason", "remedy", "is_pinned"),
)
# What a study leaves in its checkout.
LEFT = ("results", ".snakemake")
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

    def run(self, before: Sequence[str] = (), timeout_s: float = 600) -> "subprocess.CompletedProcess[str]":
        """Run it to its end, by a program `before` snakemake where one is given."""
        return self.checkout.snakemake(*self.arguments(), before=before, timeout_s=timeout_s)

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

    def outcomes(self) -> dict[Path, Outcome]:
        """What became of each trial, by its folder."""
        records = self.paths.root.glob("trials/*/*/*/*/*/result.json")
        return {path.parent: read_record(path).outcome for path in records}

    def measure_died_again(self, kept: Mapping[str, str]) -> dict[str, str]:
        """Measure some trials whose server died anew, as their user may; returns what else of `kept` there was."""
        every = [folder for folder, outcome in self.outcomes().items() if outcome is Outcome.SERVER_DIED]
        died = every[:MEASURED_AGAIN]
        for folder in died:
            shutil.rmtree(folder)
        if died:
            # While the tables are there Snakemake misses nothing that they were made from.
            shutil.rmtree(self.paths.tables)
            self.go_on()
        gone = tuple(f"{folder.relative_to(self.paths.root)}/" for folder in died)
        return {name: digest for name, digest in kept.items() if not name.startswith(gone)}

    def assert_nobody_left(self, patience_s: float = 20.0) -> None:
        """No process of this checkout runs any more."""
        assert none_left(str(self.folder), patience_s)

    def assert_as_without_fault(
        self, kept: Mapping[str, str], like: "FinishedStudy", tmp_path: Path, may_have_died: bool = False
    ) -> None:
        """It is whole, what was `kept` is still there, and its tables are as those of the study that had no fault.

        Where a server `may_have_died` that is what came out of its trial.
        """
        self.assert_nobody_left()
        config = load_config(self.paths.config)
        assert not list(self.paths.root.glob("trials/**/.*.partial"))
        assert {name: self.raw(trial_keys(config)).get(name) for name in kept} == dict(kept)
        assert self.seeded() == like.seeded
        rows, expected = self.rows(), like.rows_of(config)
        died = [may_have_died and row["outcome"] == Outcome.SERVER_DIED for row in rows]
        assert len(rows) == len(expected)
        assert [row for row, is_dead in zip(rows, died, strict=True) if not is_dead] == [
            row for row, is_dead in zip(expected, died, strict=True) if not is_dead
        ]
        # Of these raw files the tables are the same bytes, whoever makes them.
        results = [trial_result(self.paths, key) for key in trial_keys(config)]
        again = tmp_path / "tables-again"
        write_study_tables(self.paths, config, results, again)
        for name in TABLES:
            assert (again / f"{name}.csv").read_bytes() == (self.paths.tables / f"{name}.csv").read_bytes()
        shutil.rmtree(again)

    def assert_loses_nothing(self, like: "FinishedStudy", tmp_path: Path) -> None:
        """After a call that was broken off it goes on to an end without a fault, with the trials that it had."""
        # The last one may not have been noted by snakemake yet.
        kept = self.raw(self.journal()[:-1])
        self.go_on()
        self.assert_as_without_fault(kept, like, tmp_path)

    def trials(self) -> list[dict[str, Any]]:
        """The table of trials, a row each."""
        return list(json.loads(read_table(self.paths.tables, "trials").to_json(orient="records")))

    def rows(self) -> list[dict[str, object]]:
        """The deterministic part of the table of trials."""
        frame = read_table(self.paths.tables, "trials")[list(DETERMINISTIC)].sort_values(["system", "repeat"])
        return list(json.loads(frame.to_json(orient="records")))


@dataclass(frozen=True)
class FinishedStudy:
    """A study that nothing disturbed: what of it no clock decides, and a copy of all that it left."""

    checkout: Checkout
    copy: Path
    rows: list[dict[str, object]]
    seeded: dict[str, str]

    @classmethod
    def make(cls, folder: Path, cache: Path) -> "FinishedStudy":
        """Make it, of both systems."""
        checkout = Checkout(folder / "checkout", cache)
        (checkout.folder / "config" / f"{STUDY}.yaml").write_text(yaml.safe_dump(PRESET))
        study = TinyStudy(checkout, systems=f"[{NATIVE},{WORKERS}]")
        study.go_on()
        for name in LEFT:
            shutil.copytree(checkout.folder / name, folder / "copy" / name)
        return cls(checkout, folder / "copy", study.rows(), study.seeded())

    def begun(self, **settings: object) -> TinyStudy:
        """A study with these settings that begins with its first trial; one at a time, at the place of the others.

        Elsewhere the sources would be others to Snakemake, and all would be built again.
        """
        for name in LEFT:
            shutil.rmtree(self.checkout.folder / name, ignore_errors=True)
            shutil.copytree(self.copy / name, self.checkout.folder / name)
        study = TinyStudy(self.checkout, **settings)
        for part in (study.paths.root / "trials", study.paths.tables):
            shutil.rmtree(part)
        study.paths.journal.unlink()
        return study

    def rows_of(self, config: Config) -> list[dict[str, object]]:
        """The rows of another study of these systems, by the first repeat of each."""
        first = [row for row in self.rows if row["repeat"] == 1 and row["system"] in config.systems]
        repeats = range(1, config.repeats + 1)
        return [{**row, "study": config.study, "repeat": repeat} for row in first for repeat in repeats]
