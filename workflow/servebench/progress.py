"""How far a run is: what it is expected to take, what its jobs took, and the time left."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from servebench.files import read_json, write_json
from servebench.node import files_of_nodes, own_file
from servebench.paths import StudyPaths
from servebench.words import Outcome, Phase

# The campaign of a job, in its environment.
CAMPAIGN = "SERVEBENCH_CAMPAIGN"
# Of a job of Snakemake's, from the end of the one before until its own work begins.
JOB_START_S = 0.45


@dataclass(frozen=True)
class Expected:
    """The seconds that each phase of a campaign was expected to take, and each trial that it was to make."""

    campaign: str
    started_unix_s: float
    phases: Mapping[Phase, float]
    trials: Mapping[str, float]

    def write(self, path: Path) -> None:
        """Keep it for the jobs."""
        write_json(path, asdict(self) | {"phases": {phase.name: seconds for phase, seconds in self.phases.items()}})

    @classmethod
    def read(cls, path: Path, campaign: str) -> "Expected | None":
        """What was kept, if it was for this campaign."""
        if not path.exists():
            return None
        raw = read_json(path)
        if raw["campaign"] != campaign:
            return None
        return cls(**(raw | {"phases": {Phase[name]: seconds for name, seconds in raw["phases"].items()}}))

    def left_s(self, phase: Phase, now_unix_s: float, journal: Iterable[Mapping[str, Any]] = ()) -> float:
        """The seconds until the end, seen from within `phase`; `journal` holds the lines of the trials that were made.

        A phase that takes longer than expected takes nothing from those after it. Trials are weighed by how long those
        with load took for what they were expected to.
        """
        later_s = sum(seconds for other, seconds in self.phases.items() if other > phase)
        if phase is Phase.TRIALS:
            return self._trials_left_s(list(journal)) + later_s
        end_s = sum(seconds for other, seconds in self.phases.items() if other <= phase)
        return max(0.0, end_s - (now_unix_s - self.started_unix_s)) + later_s

    def _trials_left_s(self, journal: list[Mapping[str, Any]]) -> float:
        made = {trial_name(line) for line in journal}
        left_s = sum(seconds for name, seconds in self.trials.items() if name not in made)
        return left_s * trial_pace(journal, self.trials)


def trial_name(line: Mapping[str, Any]) -> str:
    """A trial's name, from a journal's line or a key's fields."""
    return "/".join(str(line[part]) for part in ("model", "system", "generator", "load_point", "repeat"))


def trial_pace(journal: Iterable[Mapping[str, Any]], expected: Mapping[str, float]) -> float:
    """How long the trials with load took, over what they were expected to; 1 before there are any."""
    loaded = [line for line in journal if Outcome(line["outcome"]).is_with_load and trial_name(line) in expected]
    took_s = sum(float(line["wall_s"]) + JOB_START_S for line in loaded)
    expected_s = sum(expected[trial_name(line)] for line in loaded)
    return took_s / expected_s if expected_s > 0 else 1.0


def phases_took(
    started_unix_s: float, timeline: Iterable[Mapping[str, Any]], journal: Iterable[Mapping[str, Any]]
) -> dict[Phase, float]:
    """The seconds of each phase that had jobs: from the end of those before it until its own last job has ended."""
    ended = [(Phase[line["phase"]], float(line["ended_unix_s"])) for line in timeline]
    ended += [(Phase.TRIALS, float(line["ended_unix_s"])) for line in journal]
    took: dict[Phase, float] = {}
    reached_s = started_unix_s
    for phase in Phase:
        ends = [end for other, end in ended if other is phase]
        if ends:
            took[phase] = max(0.0, max(ends) - reached_s)
            reached_s = max(reached_s, *ends)
    return took


def run_took(paths: StudyPaths, expected: Expected) -> dict[Phase, float]:
    """The seconds of each phase of a campaign that has ended."""
    timeline = campaign_lines(paths.timeline, expected.campaign)
    return phases_took(expected.started_unix_s, timeline, campaign_lines(paths.journal, expected.campaign))


def start_line(phase: Phase, name: str, expected: Expected | None) -> str:
    """What a job says when it begins."""
    if expected is None or phase is Phase.REPORT:
        return f"{phase.label} {name}"
    return f"{phase.label} {name}  ({format_duration(expected.left_s(phase, time.time()))} left)"


def append_timeline(paths: StudyPaths, campaign: str, phase: Phase, name: str, started_unix_s: float) -> None:
    """Add a job that has ended."""
    line = {
        "campaign": campaign,
        "phase": phase.name,
        "job": name,
        "started_unix_s": round(started_unix_s, 3),
        "ended_unix_s": round(time.time(), 3),
    }
    with own_file(paths.timeline).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def campaign_lines(path: Path, campaign: str) -> list[dict[str, Any]]:
    """The lines of one campaign in a journal or a timeline, those that nodes wrote included."""
    texts = [text for file in files_of_nodes(path) for text in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in map(_read_line, texts) if line.get("campaign") == campaign]


def _read_line(text: str) -> dict[str, Any]:
    # A full disk or a killed process leaves a cut line: these files only tell the progress.
    try:
        return dict(json.loads(text))
    except ValueError:
        return {}


def format_phases(phases: Mapping[Phase, float]) -> str:
    """The seconds of the phases that take any."""
    return ", ".join(f"{phase.title} {format_duration(seconds)}" for phase, seconds in phases.items() if seconds >= 0.5)


def format_duration(seconds: float) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
