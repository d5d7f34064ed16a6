"""A load point: how much load, and by which loop; its name is a folder's name."""

import re
from dataclasses import dataclass
from typing import ClassVar

from servebench.errors import ServebenchError

PATTERN = r"(?:users|rate|share)-[1-9][0-9]*|objective"


@dataclass(frozen=True)
class ClosedLoop:
    """`users` connections, each sends as soon as it is answered (and has thought)."""

    users: int
    loop: ClassVar[str] = "closed"

    @property
    def name(self) -> str:
        """The name in paths and tables."""
        return f"users-{self.users}"


@dataclass(frozen=True)
class OpenLoop:
    """`rate_rps` requests a second, whether they are answered or not; latency from the intended start."""

    rate_rps: int
    loop: ClassVar[str] = "open"

    @property
    def name(self) -> str:
        """The name in paths and tables."""
        return f"rate-{self.rate_rps}"


@dataclass(frozen=True)
class ShareOfCapacity:
    """An open loop at `percent` of the system's own capacity, which the trial measures first."""

    percent: int
    loop: ClassVar[str] = "share"

    @property
    def name(self) -> str:
        """The name in paths and tables."""
        return f"share-{self.percent}"


@dataclass(frozen=True)
class AtObjective:
    """An open loop at the highest rate that keeps the config's objective, which the trial searches."""

    loop: ClassVar[str] = "objective"

    @property
    def name(self) -> str:
        """The name in paths and tables."""
        return "objective"


LoadPoint = ClosedLoop | OpenLoop | ShareOfCapacity | AtObjective


def parse_load_point(name: str) -> LoadPoint:
    """The load point of a name; raises ServebenchError where it is none."""
    if not re.fullmatch(PATTERN, name):
        raise ServebenchError(f"'{name}' is no load point; one is named like users-100, rate-500 or share-60")
    if name == "objective":
        return AtObjective()
    kind, number = name.split("-")
    if kind == "users":
        return ClosedLoop(int(number))
    return OpenLoop(int(number)) if kind == "rate" else ShareOfCapacity(int(number))
