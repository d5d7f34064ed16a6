"""A load point: how much load, and by which loop; its name is a folder's name."""

import re
from dataclasses import dataclass

from servebench.errors import ServebenchError

PATTERN = r"(?:users|rate)-[1-9][0-9]*"


@dataclass(frozen=True)
class ClosedLoop:
    """`users` connections, each sends as soon as it is answered (and has thought)."""

    users: int

    @property
    def name(self) -> str:
        """The name in paths and tables."""
        return f"users-{self.users}"


@dataclass(frozen=True)
class OpenLoop:
    """`rate_rps` requests a second, whether they are answered or not; latency from the intended start."""

    rate_rps: int

    @property
    def name(self) -> str:
        """The name in paths and tables."""
        return f"rate-{self.rate_rps}"


LoadPoint = ClosedLoop | OpenLoop


def parse_load_point(name: str) -> LoadPoint:
    """The load point of a name; raises ServebenchError where it is none."""
    if not re.fullmatch(PATTERN, name):
        raise ServebenchError(f"'{name}' is no load point; one is named like users-100 or rate-500")
    kind, number = name.split("-")
    return ClosedLoop(int(number)) if kind == "users" else OpenLoop(int(number))
