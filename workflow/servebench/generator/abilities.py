"""What each kind of generator can, and how exactly: data only, which configs and calibrations are checked against."""

from dataclasses import dataclass
from enum import StrEnum

from servebench.words import GeneratorKind, Loop


class Comparison(StrEnum):
    """The loop in which a generator is compared with the reference, which has all of them."""

    CLOSED = "closed"
    THINKING = "thinking"
    OPEN = "open"


@dataclass(frozen=True)
class TruthTolerance:
    """How far a percentile may lie beyond the floor's, relative or absolute, whichever is wider, and in which runs.

    After equal delays the users come at once and wait for each other: few of them. `has_own_time` is true of one whose
    work on a request lies inside its latencies: that offset is measured and told, and is no error.
    """

    relative: float
    absolute_ms: float
    users_equal: int
    users_random: int
    rounds: int
    duration_s: float
    has_own_time: bool = False

    def allowed_ms(self, told_ms: float) -> float:
        """How far a percentile may lie beyond the floor's."""
        return max(self.relative * told_ms, self.absolute_ms)

    def __str__(self) -> str:
        return f"{self.relative:.0%} or {self.absolute_ms:g} ms beyond the floor"


@dataclass(frozen=True)
class StallTolerance:
    """The open loop's rate under which the server is stopped, and how far p99 and maximum may be off."""

    rate_rps: int
    relative: float


CLOSED_ONLY = frozenset({Loop.CLOSED})
# What a trial searches is sent as a rate that does not change.
EVERY_RATE = frozenset({Loop.CLOSED, Loop.OPEN, Loop.SHARE, Loop.OBJECTIVE})


@dataclass(frozen=True)
class Abilities:
    """What a kind of generator can.

    `truth` and `stall` are None for one that tells no server's delays: it is compared with the reference instead.
    `comparison` is None for the reference itself.
    """

    loops: frozenset[Loop] = EVERY_RATE
    has_think_time: bool = True
    has_poisson_arrivals: bool = False
    has_fractions_of_seconds: bool = True
    has_tls: bool = True
    truth: TruthTolerance | None = None
    stall: StallTolerance | None = None
    comparison: Comparison | None = None


REFERENCE = GeneratorKind.NATIVE
ABILITIES: dict[GeneratorKind, Abilities] = {
    GeneratorKind.NATIVE: Abilities(
        has_poisson_arrivals=True,
        has_tls=False,
        truth=TruthTolerance(0.02, 0.1, users_equal=4, users_random=16, rounds=3, duration_s=0.4),
        stall=StallTolerance(rate_rps=1000, relative=0.05),
    ),
    # Its own work is half a millisecond a request, with HttpUser a whole one, in which its other users wait; now and
    # then Python collects garbage. It starts a request of an open loop up to a millisecond late.
    GeneratorKind.LOCUST: Abilities(
        truth=TruthTolerance(0.05, 3.0, users_equal=2, users_random=2, rounds=1, duration_s=0.8, has_own_time=True),
        stall=StallTolerance(rate_rps=200, relative=0.10),
        comparison=Comparison.THINKING,
    ),
    # wrk takes any certificate: an endpoint's was verified by its check, and is again before each load.
    GeneratorKind.WRK: Abilities(
        loops=CLOSED_ONLY, has_think_time=False, has_fractions_of_seconds=False, comparison=Comparison.CLOSED
    ),
    GeneratorKind.OHA: Abilities(has_think_time=False, comparison=Comparison.OPEN),
}
