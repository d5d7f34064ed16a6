"""A load point: how much load, and by which loop; its name is a folder's name.

A new load shape is a class here, a word in `Loop`, and a branch wherever the type checker then finds none. Every class
says its users and its rate (None: it has none, or finds it in the trial), and how long a trial searches it before its
window, so that readers need not tell classes apart.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

from servebench.errors import ServebenchError
from servebench.generator.timetable import Timetable
from servebench.words import Loop

# How the config's `rates` write what is no number, and the same in words.
RATE_PATTERN = r"^[1-9][0-9]? ?%$"
RATE_WORDS = "a share from 1% to 99%"


def rows_label(rows: int) -> str:
    """How many rows a request holds, as people say it."""
    return "1 row a request" if rows == 1 else f"{rows:,} rows a request"


@dataclass(frozen=True, kw_only=True)
class WithRows(ABC):
    """What a load point has beside its loop: how many rows a request holds; a name says so where it is not one."""

    rows: int = 1

    @property
    @abstractmethod
    def load_name(self) -> str:
        """The load in paths and tables."""

    @property
    @abstractmethod
    def load_label(self) -> str:
        """The load as people say it."""

    @property
    def name(self) -> str:
        """The name in paths and tables."""
        return self.load_name if self.rows == 1 else f"{self.load_name}-rows-{self.rows}"

    @property
    def label(self) -> str:
        """The load point as people say it."""
        return self.load_label if self.rows == 1 else f"{self.load_label}, {rows_label(self.rows)}"


@dataclass(frozen=True)
class ClosedLoop(WithRows):
    """`users` connections, each sends as soon as it is answered (and has thought)."""

    users: int
    rate_rps: ClassVar[None] = None
    loop: ClassVar[Loop] = Loop.CLOSED
    is_open: ClassVar[bool] = False
    keeps_objective: ClassVar[bool] = False
    search_s: ClassVar[float] = 0.0
    pattern: ClassVar[str] = r"users-[1-9][0-9]*"

    @property
    def load_name(self) -> str:
        """The load in paths and tables."""
        return f"users-{self.users}"

    @property
    def load_label(self) -> str:
        """The load as people say it."""
        return "1 user" if self.users == 1 else f"{self.users:,} users"

    def connections(self, paced: int) -> int:  # noqa: ARG002 - every user has its own
        """How many a generator holds, which holds `paced` for a rate."""
        return self.users

    def timetable(self, length_s: float) -> Timetable | None:  # noqa: ARG002 - the answers say when
        """When its requests are to start over warm-up and window; None as soon as users are answered."""
        return None


@dataclass(frozen=True)
class OpenLoop(WithRows):
    """`rate_rps` requests a second, whether they are answered or not; latency from the intended start."""

    rate_rps: int
    users: ClassVar[None] = None
    loop: ClassVar[Loop] = Loop.OPEN
    is_open: ClassVar[bool] = True
    keeps_objective: ClassVar[bool] = False
    search_s: ClassVar[float] = 0.0
    pattern: ClassVar[str] = r"rate-[1-9][0-9]*"

    @property
    def load_name(self) -> str:
        """The load in paths and tables."""
        return f"rate-{self.rate_rps}"

    @property
    def load_label(self) -> str:
        """The load as people say it."""
        return f"{self.rate_rps:,} requests/s"

    def connections(self, paced: int) -> int:
        """How many a generator holds, which holds `paced` for a rate."""
        return paced

    def timetable(self, length_s: float) -> Timetable | None:
        """When its requests are to start over warm-up and window."""
        return Timetable.constant(self.rate_rps, length_s)


@dataclass(frozen=True)
class ShareOfCapacity(WithRows):
    """An open loop at `percent` of the system's own capacity, which the trial measures first."""

    percent: int
    users: ClassVar[None] = None
    rate_rps: ClassVar[None] = None
    loop: ClassVar[Loop] = Loop.SHARE
    is_open: ClassVar[bool] = True
    keeps_objective: ClassVar[bool] = False
    search_s: ClassVar[float] = 3.0
    pattern: ClassVar[str] = r"share-[1-9][0-9]*"

    @property
    def load_name(self) -> str:
        """The load in paths and tables."""
        return f"share-{self.percent}"

    @property
    def load_label(self) -> str:
        """The load as people say it."""
        return f"{self.percent} % of its capacity"

    def connections(self, paced: int) -> int:
        """How many a generator holds, which holds `paced` for a rate."""
        return paced


@dataclass(frozen=True)
class AtObjective(WithRows):
    """An open loop at the highest rate that keeps the config's objective, which the trial searches: random arrivals."""

    users: ClassVar[None] = None
    rate_rps: ClassVar[None] = None
    loop: ClassVar[Loop] = Loop.OBJECTIVE
    is_open: ClassVar[bool] = True
    keeps_objective: ClassVar[bool] = True
    search_s: ClassVar[float] = 40.0
    pattern: ClassVar[str] = "objective"

    @property
    def load_name(self) -> str:
        """The load in paths and tables."""
        return "objective"

    @property
    def load_label(self) -> str:
        """The load as people say it."""
        return "at the objective"

    def connections(self, paced: int) -> int:
        """How many a generator holds, which holds `paced` for a rate."""
        return paced


# A driven point says what the generator sends; a searched one depends on the system, and is driven as an open loop.
DrivenPoint = ClosedLoop | OpenLoop
SearchedPoint = ShareOfCapacity | AtObjective
LoadPoint = DrivenPoint | SearchedPoint
# Those whose name tells an amount.
COUNTED: tuple[type[ClosedLoop] | type[OpenLoop] | type[ShareOfCapacity], ...] = (ClosedLoop, OpenLoop, ShareOfCapacity)
KINDS: tuple[type[LoadPoint], ...] = (*COUNTED, AtObjective)
# What may stand in a path, for Snakemake's wildcards.
PATTERN = f"(?:{'|'.join(kind.pattern for kind in KINDS)})(?:-rows-(?:[2-9]|[1-9][0-9]+))?"


@cache
def parse_load_point(name: str) -> LoadPoint:
    """The load point of a name; raises ServebenchError where it is none."""
    if re.fullmatch(PATTERN, name) is None:
        raise ServebenchError(
            f"'{name}' is no load point; one is named like users-100, rate-500, share-60 or objective, with several "
            "rows a request like users-100-rows-16"
        )
    load, _, rows = name.partition("-rows-")
    return replace(_parse_load(load), rows=int(rows or 1))


def _parse_load(name: str) -> LoadPoint:
    for kind in COUNTED:
        if re.fullmatch(kind.pattern, name):
            return kind(int(name.split("-")[1]))
    return AtObjective()


def load_point_of_rate(rate: int | str) -> LoadPoint:
    """The load point of an entry of the config's `rates`: requests a second, or what RATE_PATTERN allows."""
    return OpenLoop(rate) if isinstance(rate, int) else ShareOfCapacity(int(rate.rstrip("% ")))


def load_points(
    users: Sequence[int], rates: Sequence[int | str], rows: Sequence[int] = (1,), has_objective: bool = False
) -> list[LoadPoint]:
    """Closed and open load points, in the config's order, the objective last; each with every number of rows."""
    closed, rated = [ClosedLoop(number) for number in users], [load_point_of_rate(rate) for rate in rates]
    loads: list[LoadPoint] = [*closed, *rated, *([AtObjective()] if has_objective else [])]
    return [replace(load, rows=number) for load in loads for number in rows]
