"""Who looks at a trial while it runs: what is known of its window before its result."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from servebench.generator.told_second import ToldSecond
from servebench.known import known


@dataclass(frozen=True)
class LoadSecond:
    """A second of the window, the first is 1: the good answers of all processes, and their p99; None without any.

    Several processes tell a p99 each: no more than the largest is that of all, which `is_p99_bound` then.
    """

    second: int
    good: int
    p99_ms: float | None
    is_p99_bound: bool


class Onlooker(Protocol):
    """Who is told."""

    def window_begins(self, start_s: float, duration_s: float) -> None:
        """As the load does: when the window will (monotonic), and how long that is."""

    def second_passed(self, second: LoadSecond) -> None:
        """A little after its end."""


@dataclass
class SecondSums:
    """Puts together what so many processes tell of each second."""

    processes: int
    _parts: dict[int, list[ToldSecond]] = field(default_factory=dict)

    def after(self, told: Iterable[ToldSecond]) -> LoadSecond | None:
        """The last second that all have told by now; None where none has become so."""
        for part in told:
            self._parts.setdefault(part.second, []).append(part)
        whole = max((second for second, parts in self._parts.items() if len(parts) == self.processes), default=None)
        if whole is None:
            return None
        second = _sum(whole, self._parts[whole])
        self._parts = {other: parts for other, parts in self._parts.items() if other > whole}
        return second


def _sum(second: int, parts: list[ToldSecond]) -> LoadSecond:
    p99_ns = max(known([part.p99_ns for part in parts]), default=None)
    return LoadSecond(
        second, sum(part.good for part in parts), None if p99_ns is None else p99_ns / 1e6, len(parts) > 1
    )
