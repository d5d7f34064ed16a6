"""What the processes of a run tell the one that draws it: a marked line of JSON each, among the lines of text."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO, TypeAlias

from servebench.trial.onlooker import LoadSecond
from servebench.words import Phase

# The environment of the jobs of a run that is drawn.
DRAWN = "SERVEBENCH_DRAWN"
# The sign that ASCII has for a record's begin, as in RFC 7464: no text begins with it.
MARK = "\x1e"
# What the process that draws says once it reads.
READY = b"."


@dataclass(frozen=True)
class JobBegan:
    """A job of a phase, other than a trial."""

    phase: Phase
    job: str
    at_unix_s: float


@dataclass(frozen=True)
class JobEnded:
    """The same job, at its end."""

    phase: Phase
    job: str
    at_unix_s: float
    is_done: bool


@dataclass(frozen=True)
class TrialBegan:
    """A trial of a cell (model, system, generator, load point)."""

    cell: tuple[str, str, str, str]
    repeat: int
    at_unix_s: float


@dataclass(frozen=True)
class WindowBegan:
    """The load of that trial: when its warm-up ends and its window begins, and how long that is."""

    at_unix_s: float
    duration_s: float


@dataclass(frozen=True)
class TrialEnded:
    """What came out of that trial; `figure` says it in words, None is what it does not have.

    `wall_s` and `made_again` are as Progress counts them.
    """

    cell: tuple[str, str, str, str]
    repeat: int
    at_unix_s: float
    figure: str
    throughput_rps: float | None
    is_lower_bound: bool
    p99_ms: float | None
    verdict: str | None
    wall_s: float | None
    made_again: int | None


Event: TypeAlias = JobBegan | JobEnded | TrialBegan | WindowBegan | LoadSecond | TrialEnded
EVENTS: dict[str, type[Event]] = {
    event.__name__: event for event in (JobBegan, JobEnded, TrialBegan, WindowBegan, LoadSecond, TrialEnded)
}


def tell(terminal: TextIO, event: Event, line: str | None = None) -> None:
    """Tell an event where the run is drawn; elsewhere print its line, if it has one."""
    if is_drawn():
        # One call: the lines of two jobs do not mix.
        terminal.write(f"{encode(event)}\n")
    elif line is not None:
        print(line, file=terminal)


def is_drawn() -> bool:
    """Whether this process belongs to a run that is drawn."""
    return bool(os.environ.get(DRAWN))


def encode(event: Event) -> str:
    """An event as a line."""
    fields = {name: value.name if isinstance(value, Phase) else value for name, value in asdict(event).items()}
    return MARK + json.dumps({"event": type(event).__name__, **fields})


def decode(line: str) -> Event | None:
    """The event that a line holds; None where it is text."""
    if not line.startswith(MARK):
        return None
    try:
        raw = dict(json.loads(line[len(MARK) :]))
        return EVENTS[raw.pop("event")](**{name: _value(name, value) for name, value in raw.items()})
    except (ValueError, TypeError, KeyError):
        # A killed process leaves half a line.
        return None


def _value(name: str, value: Any) -> Any:
    if name == "phase":
        return Phase[value]
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
