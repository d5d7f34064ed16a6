"""What each kind of generator can, and how exactly: data only, which configs and calibrations are checked against."""

from dataclasses import dataclass
from enum import StrEnum

from servebench.words import GeneratorKind


class Comparison(StrEnum):
    """The loop in which a generator is compared with the reference, which has all of them."""

    CLOSED = "closed"
    THINKING = "thinking"
    OPEN = "open"


@dataclass(frozen=True)
class TruthTolerance:
    """How far a percentile may be off: relative or absolute, whichever is wider; and the users it is measured with.

    After equal delays the users come at once and wait for each other: few of them. An odd number of rounds: a
    disturbance of one of them does not decide.
    """

    relative: float
    absolute_ms: float
    users_equal: int
    users_random: int
    rounds: int

    def allows(self, found_ms: float, told_ms: float) -> bool:
        """Whether a percentile is near enough to the told one."""
        return abs(found_ms - told_ms) <= max(self.relative * told_ms, self.absolute_ms)

    def __str__(self) -> str:
        return f"{self.relative:.0%} or {self.absolute_ms:g} ms"


@dataclass(frozen=True)
class StallTolerance:
    """The open loop's rate under which the server is stopped, and how far p99 and maximum may be off."""

    rate_rps: int
    relative: float


@dataclass(frozen=True)
class Abilities:
    """What a kind of generator can.

    `truth` and `stall` are None for one that tells no server's delays: it is compared with the reference instead.
    `comparison` is None for the reference itself.
    """

    has_open_loop: bool = True
    has_think_time: bool = True
    has_poisson_arrivals: bool = False
    has_fractions_of_seconds: bool = True
    truth: TruthTolerance | None = None
    stall: StallTolerance | None = None
    comparison: Comparison | None = None


REFERENCE = GeneratorKind.NATIVE
ABILITIES: dict[GeneratorKind, Abilities] = {
    GeneratorKind.NATIVE: Abilities(
        has_poisson_arrivals=True,
        truth=TruthTolerance(0.02, 0.1, users_equal=4, users_random=16, rounds=5),
        stall=StallTolerance(rate_rps=1000, relative=0.05),
    ),
    # Its own work is half a millisecond a request, with HttpUser a whole one, in which its other users wait. It starts
    # a request of an open loop up to a millisecond late.
    GeneratorKind.LOCUST: Abilities(
        truth=TruthTolerance(0.05, 1.0, users_equal=2, users_random=2, rounds=3),
        stall=StallTolerance(rate_rps=200, relative=0.10),
        comparison=Comparison.THINKING,
    ),
    GeneratorKind.WRK: Abilities(
        has_open_loop=False, has_think_time=False, has_fractions_of_seconds=False, comparison=Comparison.CLOSED
    ),
    GeneratorKind.OHA: Abilities(has_think_time=False, comparison=Comparison.OPEN),
}
