"""Resolution: how far a generator's percentiles may be off on this machine, and whether that is its own fault.

A round is one run of the generator and one of the floor program under one law, one right after the other on the same
CPUs. The error of a percentile is found - told, over the same requests, so that no sampling separates them. Of the
rounds of a law the median error counts: what comes and goes is noise, which repeats of a trial show and average; what
stays is the resolution, the worst law's. The worst single round is told beside it.

An error is the instrument's where those of all undisturbed rounds lie beyond all of the floor's by more than is
allowed. With ROUNDS_TO_FAIL rounds of each, equally distributed ones separate so in one of 252 cases, without any
allowance (an exact permutation test).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from servebench.calibrate.outcome import Criterion, measured
from servebench.generator.abilities import TruthTolerance
from servebench.thresholds import GENERATOR_WAITED

# Those that the report tells of a trial, and the one that a short run tells best.
PERCENTILES = (50.0, 90.0, 95.0, 99.0)
ROUNDS_TO_FAIL = 5


@dataclass(frozen=True)
class Errors:
    """Found - told of each percentile, in ms, of one run; `told_ms` beside them."""

    off_ms: dict[float, float]
    told_ms: dict[float, float]
    requests: int


@dataclass(frozen=True)
class Round:
    """The generator's and the floor's errors under a law, and which share of the time a CPU was taken from them."""

    law: str
    generator: Errors
    floor: Errors
    taken_share: float | None

    @property
    def is_disturbed(self) -> bool:
        """Whether others had a CPU of it for longer than a trial allows."""
        return self.taken_share is not None and self.taken_share > GENERATOR_WAITED


def judge_rounds(
    laws: Sequence[str], tolerance: TruthTolerance, measure_round: Callable[[str], Round]
) -> dict[str, Any]:
    """The part of a calibration's file: resolution, floor, and the criteria that only an instrument's error fails.

    While an error looks like the instrument's, rounds are added until it is decided.
    """
    rounds: list[Round] = []
    count = 0
    while True:
        rounds += [measure_round(law) for law in laws]
        count += 1
        looks_bad = _is_beyond(rounds, laws, tolerance, least=1)
        if count >= (ROUNDS_TO_FAIL if looks_bad else tolerance.rounds):
            return _outcome(rounds, laws, tolerance, count)


def _outcome(rounds: list[Round], laws: Sequence[str], tolerance: TruthTolerance, count: int) -> dict[str, Any]:
    offset_ms = own_time_ms(rounds) if tolerance.has_own_time else 0.0
    undisturbed = [a_round for a_round in rounds if not a_round.is_disturbed]
    taken = [a_round.taken_share for a_round in rounds if a_round.taken_share is not None]
    return measured(
        [_criterion(rounds, law, q, tolerance, offset_ms) for law in laws for q in PERCENTILES],
        resolution=resolution_ms(rounds, offset_ms),
        offset_ms=offset_ms if tolerance.has_own_time else None,
        worst=worst_ms(rounds, offset_ms),
        undisturbed=resolution_ms(undisturbed, offset_ms),
        floor=_of_percentiles(lambda q: _worst_law(rounds, lambda r: r.floor.off_ms[q])),
        rounds=count,
        rounds_disturbed=sum(a_round.is_disturbed for a_round in rounds),
        is_disturbed=2 * len(undisturbed) < len(rounds),
        taken_share=max(taken, default=None),
        requests={law: sum(r.generator.requests for r in rounds if r.law == law) for law in laws},
        tolerance=str(tolerance),
    )


def own_time_ms(rounds: Iterable[Round]) -> float:
    """What the generator adds to every request: the median, over rounds, of its median's error above the floor's."""
    return median(a_round.generator.off_ms[50.0] - a_round.floor.off_ms[50.0] for a_round in rounds)


def resolution_ms(rounds: Sequence[Round], offset_ms: float) -> dict[str, float | None]:
    """How far each percentile may be off: of the laws the worst, of their rounds the median. None without a round."""
    return _of_percentiles(lambda q: _worst_law(rounds, lambda r: r.generator.off_ms[q] - offset_ms))


def worst_ms(rounds: Sequence[Round], offset_ms: float) -> dict[str, float | None]:
    """How far each percentile was off in the worst single round."""
    return _of_percentiles(lambda q: max(abs(r.generator.off_ms[q] - offset_ms) for r in rounds))


def _of_percentiles(figure: Callable[[float], float | None]) -> dict[str, float | None]:
    return {f"p{q:g}_ms": figure(q) for q in PERCENTILES}


def _worst_law(rounds: Sequence[Round], error: Callable[[Round], float]) -> float | None:
    laws = dict.fromkeys(a_round.law for a_round in rounds)
    return max((abs(median(error(r) for r in rounds if r.law == law)) for law in laws), default=None)


def _is_beyond(rounds: Sequence[Round], laws: Sequence[str], tolerance: TruthTolerance, least: int) -> bool:
    offset_ms = own_time_ms(rounds) if tolerance.has_own_time else 0.0
    return any(is_instruments_error(rounds, law, q, tolerance, offset_ms, least) for law in laws for q in PERCENTILES)


def is_instruments_error(
    rounds: Sequence[Round],
    law: str,
    percentile: float,
    tolerance: TruthTolerance,
    offset_ms: float,
    least: int = ROUNDS_TO_FAIL,
) -> bool:
    """Whether every undisturbed round's error lies beyond every one of the floor's, on one side of them."""
    own = [r for r in rounds if r.law == law and not r.is_disturbed]
    if len(own) < least:
        return False
    found = [r.generator.off_ms[percentile] - offset_ms for r in own]
    floors = [r.floor.off_ms[percentile] for r in own]
    allowed_ms = max(tolerance.allowed_ms(r.generator.told_ms[percentile]) for r in own)
    return min(found) > max(floors) + allowed_ms or max(found) < min(floors) - allowed_ms


def _criterion(
    rounds: Sequence[Round], law: str, percentile: float, tolerance: TruthTolerance, offset_ms: float
) -> Criterion:
    own = [r for r in rounds if r.law == law]
    told_ms = median(r.generator.told_ms[percentile] for r in own)
    off_ms = median(r.generator.off_ms[percentile] - offset_ms for r in own)
    floor_ms = median(r.floor.off_ms[percentile] for r in own)
    name = f"{law}, p{percentile:g}"
    text = f"{name}: {off_ms * 1000:+.0f} µs off {told_ms:.3f} ms, the floor {floor_ms * 1000:+.0f} µs"
    passed = not is_instruments_error(rounds, law, percentile, tolerance, offset_ms)
    return Criterion(name, told_ms, told_ms + off_ms, str(tolerance), passed, text)
