"""When an open loop's requests are to start: a rate over time, straight between its knots."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# (seconds after the start, requests a second), ascending in time; the last knot is the end.
Knots = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Timetable:
    """The intended starts that follow a rate over time."""

    knots: tuple[tuple[float, float], ...]

    @classmethod
    def constant(cls, rate_rps: float, length_s: float) -> "Timetable":
        """One rate from the start to the end."""
        return cls(((0.0, rate_rps), (length_s, rate_rps)))

    @classmethod
    def of(cls, knots: Knots) -> "Timetable":
        """Read from plain values."""
        return cls(tuple((float(at_s), float(rate_rps)) for at_s, rate_rps in knots))

    @property
    def first_rps(self) -> float:
        """The rate at the start, which is that of all of it for tools that know one rate only."""
        return self.knots[0][1]

    def share(self, share: float) -> "Timetable":
        """The same over a share of the requests."""
        return Timetable(tuple((at_s, rate_rps * share) for at_s, rate_rps in self.knots))

    def starts(self, first: float, step: int) -> Iterator[float]:
        """Intended starts (s) of the requests `first`, `first + step`, ..: where the rate's integral reaches them."""
        number, before = first, 0.0
        for (from_s, from_rps), (to_s, to_rps) in pairwise(self.knots):
            slope = (to_rps - from_rps) / (to_s - from_s)
            until = before + (from_rps + to_rps) / 2 * (to_s - from_s)
            while number < until:
                due = number - before
                # The root of rate x t + slope x t^2 / 2 = due that stays exact for a slope of 0.
                root = from_rps + math.sqrt(max(0.0, from_rps**2 + 2 * slope * due))
                yield from_s + (2 * due / root if due else 0.0)
                number += step
            before = until
