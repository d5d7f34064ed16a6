"""How far a run is: what it is expected to take, what its jobs took, and the time left."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

from servebench.files import read_json, write_json
from servebench.json_lines import append_json_line, last_json_lines, read_json_lines
from servebench.node import files_of_nodes, own_file
from servebench.paths import StudyPaths
from servebench.words import Phase

# The campaign of a job, in its environment.
CAMPAIGN = "SERVEBENCH_CAMPAIGN"
# Of a job of Snakemake's, from the end of the one before until its own work begins.
JOB_START_S = 0.45
# The journal's word for the sums of a campaign's trials.
SO_FAR = "so_far"
# A clock that is slewed stays within this over a day.
MOST_DRIFT_S = 60.0


@dataclass(frozen=True)
class Progress:
    """The sums of a campaign's trials: each line of the journal holds those up to it, so that nobody reads the others.

    `expected_s` is what those that were made were expected to take; of those with load `loaded_expected_s` is that, and
    `loaded_s` what they took. Of the `measured` ones windows were made again `made_again` times.
    """

    made: int = 0
    expected_s: float = 0.0
    loaded_expected_s: float = 0.0
    loaded_s: float = 0.0
    measured: int = 0
    made_again: int = 0

    @property
    def pace(self) -> float:
        """How long the trials with load took, over what they were expected to; 1 before there are any."""
        return self.loaded_s / self.loaded_expected_s if self.loaded_expected_s > 0 else 1.0

    def after(self, expected_s: float, wall_s: float | None, made_again: int | None) -> "Progress":
        """After one more trial; `wall_s` is None where it had no load, `made_again` where it was not measured."""
        found = replace(self, made=self.made + 1, expected_s=self.expected_s + expected_s)
        if wall_s is not None:
            found = replace(
                found,
                loaded_expected_s=found.loaded_expected_s + expected_s,
                loaded_s=found.loaded_s + wall_s + JOB_START_S,
            )
        if made_again is None:
            return found
        return replace(found, measured=found.measured + 1, made_again=found.made_again + made_again)

    @classmethod
    def read(cls, journal: Path, campaign: str) -> "Progress":
        """The sums of a campaign; those of nodes, each with a journal of its own, together."""
        parts = [cls.read_file(file, campaign) for file in files_of_nodes(journal)]
        return cls(*(sum(values) for values in zip(*map(astuple, parts), strict=True)))

    @classmethod
    def read_file(cls, journal: Path, campaign: str) -> "Progress":
        """The sums in the last line of a campaign; a full disk or a killed process may have cut the very last."""
        for line in reversed(last_json_lines(journal)):
            if line.get("campaign") == campaign and SO_FAR in line:
                return cls(**line[SO_FAR])
        return cls()


@dataclass(frozen=True)
class Expected:
    """What a campaign was expected to take: the seconds of each phase, and of each of its trials.

    `cells` are the seconds of one trial of each cell, `jobs` how many each phase has. It began at `started_unix_s`, and
    by the clock that nobody sets at `started_monotonic_s` (None: not told).
    """

    campaign: str
    started_unix_s: float
    phases: Mapping[Phase, float]
    cells: Mapping[str, float]
    jobs: Mapping[Phase, int] = field(default_factory=dict)
    started_monotonic_s: float | None = None

    def write(self, path: Path) -> None:
        """Keep it for the jobs."""
        named = {"phases": _by_name(self.phases), "jobs": _by_name(self.jobs)}
        write_json(path, asdict(self) | named)

    @classmethod
    def read(cls, path: Path, campaign: str) -> "Expected | None":
        """What was kept, if it was for this campaign."""
        if not path.exists():
            return None
        raw = read_json(path)
        if raw["campaign"] != campaign:
            return None
        return cls(**(raw | {"phases": _by_phase(raw["phases"]), "jobs": _by_phase(raw["jobs"])}))

    def trial_s(self, cell: Iterable[str]) -> float:
        """The seconds of one trial of a cell; 0 where none was expected."""
        return self.cells.get(cell_name(cell), 0.0)

    def left_s(self, phase: Phase, now_unix_s: float, progress: Progress | None = None) -> float:
        """The seconds until the end, seen from within `phase`; `progress` is that of the trials.

        A phase that takes longer than expected takes nothing from those after it. Trials are weighed by how long those
        with load took for what they were expected to.
        """
        return self.phase_left_s(phase, now_unix_s, progress or Progress()) + self.after_s(phase)

    def after_s(self, phase: Phase) -> float:
        """The seconds of all phases after one."""
        return sum(seconds for other, seconds in self.phases.items() if other > phase)

    def phase_left_s(self, phase: Phase, now_unix_s: float, progress: Progress) -> float:
        """The seconds until the end of a phase, seen from within."""
        if phase is Phase.TRIALS:
            return max(0.0, self.phases.get(phase, 0.0) - progress.expected_s) * progress.pace
        end_s = sum(seconds for other, seconds in self.phases.items() if other <= phase)
        # A clock that was set back must not lengthen the run.
        return max(0.0, end_s - max(0.0, now_unix_s - self.started_unix_s))

    def is_timed(self, now_unix_s: float, now_monotonic_s: float) -> bool:
        """Whether the times of its jobs tell how long they took: not where the clock was set, or the machine slept."""
        if self.started_monotonic_s is None:
            return True
        by_wall_s, by_machine_s = now_unix_s - self.started_unix_s, now_monotonic_s - self.started_monotonic_s
        return abs(by_wall_s - by_machine_s) <= MOST_DRIFT_S


def _by_name(values: Mapping[Phase, Any]) -> dict[str, Any]:
    return {phase.name: value for phase, value in values.items()}


def _by_phase(values: Mapping[str, Any]) -> dict[Phase, Any]:
    return {Phase[name]: value for name, value in values.items()}


def cell_name(cell: Iterable[str]) -> str:
    """The name of a cell: model, system, generator and load point."""
    return "/".join(cell)


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
    append_json_line(own_file(paths.timeline), line)


def campaign_lines(path: Path, campaign: str) -> list[dict[str, Any]]:
    """The lines of one campaign in a journal or a timeline, those that nodes wrote included."""
    lines = [line for file in files_of_nodes(path) for line in read_json_lines(file)]
    return [line for line in lines if line.get("campaign") == campaign]


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
