"""How far a run is, from what its jobs told."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from statistics import fmean

from servebench.live.events import Event, JobBegan, JobEnded, TrialBegan, TrialEnded, WindowBegan
from servebench.progress import Expected, Progress
from servebench.trial.onlooker import LoadSecond
from servebench.words import Phase

Cell = tuple[str, str, str, str]


@dataclass(frozen=True)
class CellSoFar:
    """The trials of a cell that this call has made: the figures of those that have them, and the last one's verdict."""

    trials: int = 0
    throughputs_rps: tuple[float, ...] = ()
    p99s_ms: tuple[float, ...] = ()
    is_lower_bound: bool = False
    verdict: str | None = None
    figure: str = ""

    def after(self, trial: TrialEnded) -> "CellSoFar":
        """With one more trial."""
        return CellSoFar(
            self.trials + 1,
            self.throughputs_rps + _known(trial.throughput_rps),
            self.p99s_ms + _known(trial.p99_ms),
            self.is_lower_bound or trial.is_lower_bound,
            trial.verdict,
            trial.figure,
        )

    @property
    def throughput_rps(self) -> float | None:
        """The mean so far."""
        return fmean(self.throughputs_rps) if self.throughputs_rps else None

    @property
    def p99_ms(self) -> float | None:
        """The mean so far."""
        return fmean(self.p99s_ms) if self.p99s_ms else None


@dataclass(frozen=True)
class Stage:
    """A phase of the run: the jobs that run, how many have ended of how many, the seconds that it took and has left."""

    phase: Phase
    running: tuple[str, ...]
    ended: int
    planned: int
    took_s: float
    left_s: float

    @property
    def is_over(self) -> bool:
        """Whether all its jobs have ended."""
        return self.ended >= self.planned > 0


@dataclass(frozen=True)
class RunState:
    """What is known of a run.

    `running` are its jobs; `ended` counts those that have ended, `began` and `last` say when the first of a phase began
    and the last one ended.
    """

    expected: Expected
    running: tuple[tuple[Phase, str], ...] = ()
    ended: dict[Phase, int] = field(default_factory=dict)
    began: dict[Phase, float] = field(default_factory=dict)
    last: dict[Phase, float] = field(default_factory=dict)
    trial: TrialBegan | None = None
    window: WindowBegan | None = None
    second: LoadSecond | None = None
    cells: dict[Cell, CellSoFar] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    def after(self, event: Event) -> "RunState":
        """What is known after one more event."""
        match event:
            case JobBegan(phase, job, at_unix_s):
                return replace(self._in(phase, at_unix_s), running=(*self.running, (phase, job)))
            case JobEnded(phase, job, at_unix_s, is_done):
                running = tuple(other for other in self.running if other != (phase, job))
                return replace(self._out_of(phase, at_unix_s) if is_done else self, running=running)
            case TrialBegan():
                return replace(self._in(Phase.TRIALS, event.at_unix_s), trial=event, window=None, second=None)
            case WindowBegan():
                return replace(self, window=event, second=None)
            case LoadSecond():
                return replace(self, second=event)
            case TrialEnded():
                return self._after_trial(event)

    def _in(self, phase: Phase, at_unix_s: float) -> "RunState":
        return self if phase in self.began else replace(self, began={**self.began, phase: at_unix_s})

    def _out_of(self, phase: Phase, at_unix_s: float) -> "RunState":
        ended = {**self.ended, phase: self.ended.get(phase, 0) + 1}
        return replace(self, ended=ended, last={**self.last, phase: at_unix_s})

    def _after_trial(self, event: TrialEnded) -> "RunState":
        # The cell that was measured last stands last.
        others = {cell: found for cell, found in self.cells.items() if cell != event.cell}
        found = self.cells.get(event.cell, CellSoFar()).after(event)
        progress = self.progress.after(self.expected.trial_s(event.cell), event.wall_s, event.made_again)
        ended = self._out_of(Phase.TRIALS, event.at_unix_s)
        cells = {**others, event.cell: found}
        return replace(ended, trial=None, window=None, second=None, cells=cells, progress=progress)

    @property
    def is_measuring(self) -> bool:
        """Whether a trial or a calibration runs: what is drawn then must cost nothing."""
        return self.trial is not None or any(phase is Phase.CALIBRATE for phase, _ in self.running)

    def stages(self, now_unix_s: float) -> Iterator[Stage]:
        """The phases that have jobs, in their order."""
        for phase in Phase:
            planned = self.expected.jobs.get(phase, 0)
            if not planned:
                continue
            running = tuple(job for other, job in self.running if other is phase)
            stage = Stage(phase, running, self.ended.get(phase, 0), planned, self._took_s(phase, now_unix_s), 0.0)
            yield replace(stage, left_s=self._left_s(stage, now_unix_s)) if self._is_to_come(phase) else stage

    def _took_s(self, phase: Phase, now_unix_s: float) -> float:
        """Seconds of a phase, from the end of those before it; none as long as these still run."""
        if phase not in self.began or any(self._is_to_come(other) for other in self.expected.jobs if other < phase):
            return 0.0
        before = [self.last[other] for other in self.last if other < phase]
        until = now_unix_s if self._is_to_come(phase) else self.last.get(phase, self.began[phase])
        return max(0.0, until - max([self.began[phase], *before]))

    def _is_to_come(self, phase: Phase) -> bool:
        """Whether jobs of a phase are left; where trials have begun nobody waits for those before any more."""
        is_left_behind = phase < Phase.TRIALS and Phase.TRIALS in self.began
        return not is_left_behind and self.ended.get(phase, 0) < self.expected.jobs.get(phase, 0)

    def _left_s(self, stage: Stage, now_unix_s: float) -> float:
        """A phase that takes longer than expected takes at least the share of its jobs that have not ended."""
        phase = stage.phase
        expected_s = self.expected.phases.get(phase, 0.0)
        if phase is Phase.TRIALS:
            return self._trials_left_s(now_unix_s)
        if phase not in self.began:
            return expected_s
        share_s = expected_s * (stage.planned - stage.ended) / stage.planned
        return min(expected_s, max(share_s, expected_s - stage.took_s))

    def _trials_left_s(self, now_unix_s: float) -> float:
        left_s = self.expected.phase_left_s(Phase.TRIALS, now_unix_s, self.progress)
        if self.trial is None:
            return left_s
        # The trial that runs has used some of its own.
        trial_s = self.expected.trial_s(self.trial.cell) * self.progress.pace
        return left_s - min(trial_s, now_unix_s - self.trial.at_unix_s)


def _known(value: float | None) -> tuple[float, ...]:
    return () if value is None else (value,)
