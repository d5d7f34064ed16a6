"""What a trial tells: that it begins, that its load does, each second of its window, what came out."""

import time
from dataclasses import dataclass
from typing import TextIO

from servebench.analyse.judge import trial_verdict
from servebench.analyse.raw import RawTrial
from servebench.campaign import Campaign, figure_words, progress_line, trial_start_line, trial_wall_s
from servebench.live.events import TrialBegan, TrialEnded, WindowBegan, is_drawn, tell
from servebench.paths import StudyPaths
from servebench.progress import Progress
from servebench.trial.key import TrialKey
from servebench.trial.onlooker import LoadSecond, Onlooker
from servebench.words import Outcome


def tell_begin(terminal: TextIO, paths: StudyPaths, campaign: Campaign, key: TrialKey) -> None:
    """Tell that a trial begins."""
    tell(terminal, TrialBegan(key.cell, key.repeat, time.time()), trial_start_line(paths, campaign, key))


@dataclass(frozen=True)
class WindowTeller:
    """Tells of a trial's window while it goes on."""

    terminal: TextIO

    def window_begins(self, start_s: float, duration_s: float) -> None:
        """Tell that the load begins."""
        tell(self.terminal, WindowBegan(time.time() + start_s - time.monotonic(), duration_s))

    def second_passed(self, second: LoadSecond) -> None:
        """Tell what a second brought."""
        tell(self.terminal, second)


def onlooker_of(terminal: TextIO) -> Onlooker | None:
    """Who is to be told of the trial's window; None where the run is not drawn."""
    return WindowTeller(terminal) if is_drawn() else None


def tell_end(
    terminal: TextIO,
    paths: StudyPaths,
    campaign: Campaign,
    raw: RawTrial,
    wall_s: float,
    so_far: Progress,
    has_line: bool,
) -> None:
    """Tell what came out of a trial, whose line is printed only where it `has_line`."""
    line = progress_line(paths, campaign, raw.record, so_far) if has_line else None
    tell(terminal, trial_ended(raw, wall_s), line)


def trial_ended(raw: RawTrial, wall_s: float) -> TrialEnded:
    """A trial that has ended, with its verdict."""
    record, verdict = raw.record, trial_verdict(raw)
    load = record.load
    return TrialEnded(
        cell=record.key.cell,
        repeat=record.key.repeat,
        at_unix_s=time.time(),
        figure=figure_words(record),
        throughput_rps=None if load is None else load.throughput_rps,
        is_lower_bound=verdict is not None and verdict.is_lower_bound,
        p99_ms=None if load is None else load.latency_p99_ms,
        verdict=None if verdict is None else str(verdict.word),
        wall_s=trial_wall_s(record, wall_s) if record.outcome.is_with_load else None,
        made_again=len(record.attempts) if record.outcome is Outcome.MEASURED else None,
    )
