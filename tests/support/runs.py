"""A run as its jobs tell it."""

from typing import Any

from servebench.live.events import Event, JobBegan, JobEnded, TrialBegan, TrialEnded
from servebench.live.state import RunState
from servebench.progress import Expected
from servebench.words import Phase

CELL = ("m", "crow", "native", "users-1")
PHASES = {Phase.PREPARE: 10.0, Phase.BUILD: 20.0, Phase.CALIBRATE: 5.0, Phase.TRIALS: 40.0, Phase.REPORT: 9.0}
JOBS = {Phase.PREPARE: 1, Phase.BUILD: 2, Phase.CALIBRATE: 2, Phase.TRIALS: 4, Phase.REPORT: 1}
EXPECTED = Expected("now", 0.0, PHASES, {"/".join(CELL): 10.0}, JOBS)


def run(*events: Event) -> RunState:
    """The state after these events."""
    state = RunState(EXPECTED)
    for event in events:
        state = state.after(event)
    return state


def job(phase: Phase, name: str, began_s: float, ended_s: float, is_done: bool = True) -> tuple[JobBegan, JobEnded]:
    """A job from its begin to its end."""
    return JobBegan(phase, name, began_s), JobEnded(phase, name, ended_s, is_done)


def trial(
    repeat: int,
    began_s: float,
    ended_s: float,
    throughput_rps: float | None = 100.0,
    cell: tuple[str, str, str, str] = CELL,
    **changes: Any,
) -> tuple[TrialBegan, TrialEnded]:
    """A trial from its begin to its end."""
    fields = {"is_lower_bound": False, "p99_ms": 2.0, "verdict": "capacity", "made_again": 0} | changes
    ended = TrialEnded(
        cell=cell,
        repeat=repeat,
        at_unix_s=ended_s,
        figure="",
        throughput_rps=throughput_rps,
        wall_s=ended_s - began_s,
        **fields,
    )
    return TrialBegan(cell, repeat, began_s), ended


LISTENED = job(Phase.CALIBRATE, "listening", 0.0, 1.0)
BEFORE_TRIALS = [
    *LISTENED,
    *job(Phase.PREPARE, "training m", 1.0, 10.0),
    *job(Phase.BUILD, "building crow", 10.0, 20.0),
    *job(Phase.BUILD, "checking crow", 20.0, 28.0),
    *job(Phase.CALIBRATE, "calibrating", 28.0, 35.0),
]
