"""The trials of a study as runs: when each began and ended, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from servebench.analyse.rows import CELL
from servebench.json_lines import read_json_lines
from servebench.node import files_of_nodes
from servebench.report.data import StudyData
from servebench.trial.key import TrialKey
from servebench.words import Outcome


@dataclass(frozen=True)
class Run:
    """A trial in which a server was started; `failure` says what ended it before its window was over."""

    key: TrialKey
    started_at: str
    ended_at: str | None
    failure: str | None

    @property
    def place(self) -> str:
        """Its folder below the study's trials."""
        return f"{'/'.join(self.key.cell)}/{self.key.repeat}"

    @property
    def words(self) -> str:
        """Its name, as people say it."""
        model, system, generator, load_point = self.key.cell
        return f"{model} behind {system}, {load_point} by {generator}, repeat {self.key.repeat}"


def trial_runs(data: StudyData) -> list[Run]:
    """The trials with load, in the order of the table."""
    ends = _ends(files_of_nodes(data.paths.journal))
    runs = []
    for row in data.trials.to_dict("records"):
        outcome = Outcome(str(row["outcome"]))
        if not outcome.is_with_load:
            continue
        model, system, generator, load_point = (str(row[name]) for name in CELL)
        key = TrialKey(
            model=model, system=system, generator=generator, load_point=load_point, repeat=int(row["repeat"])
        )
        failure = None if outcome is Outcome.MEASURED else _text(row["reason"]) or str(outcome)
        runs.append(Run(key, str(row["started_at"]), ends.get(key), failure))
    return runs


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _ends(journals: Sequence[Path]) -> dict[TrialKey, str]:
    """When each trial ended, the last time that it was made; nothing without a journal."""
    return {
        TrialKey(**{name: line[name] for name in TrialKey.model_fields}): _moment(line["ended_unix_s"])
        for journal in journals
        for line in read_json_lines(journal)
    }


def _moment(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds")
