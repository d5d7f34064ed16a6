"""How the harness and the agent on a load host speak: a line of JSON each way, by the agent's pipes.

| harness | agent |
|---|---|
| `{"ask": "hold", "holder": .., "pid": ..}` | holds its host's machine lock, says what the host is: `HostFacts` |
| `{"ask": "ping"}` | `{"monotonic_ns": ..}`, its own clock |
| `{"ask": "load", ..}` as `LoadOrder` | starts its processes, ends those before; `{"ready": ..}` once each said so |
| `{"ask": "greet"}` | `{"greeted": [..]}`, one a process, null where it does not tell |
| `{"ask": "start", "start_ns": ..}`, in the agent's own clock | `WindowReport` when all have ended |

What goes wrong is `{"error": ".."}`, one line. At the end of its input the agent ends its processes and itself, and the
kernel frees the lock. The processes on the load host speak generator/protocol.py with the agent as with the harness:
their latencies are of one clock.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from servebench.generator.protocol import LoadResult, LoadSpecification
from servebench.load_hosts.link import LinkUse
from servebench.words import GeneratorKind

ERROR = "error"
# Under which key a message of the harness says what it asks.
ASK = "ask"
# Under which one the agent says which load is ready.
READY = "ready"


class Ask(StrEnum):
    """What an agent is asked."""

    HOLD = "hold"
    PING = "ping"
    LOAD = "load"
    GREET = "greet"
    START = "start"


@dataclass(frozen=True)
class HostFacts:
    """What a load host has: the CPUs of its processes, and whether a quota holds them."""

    node: str
    cpus: list[int]
    has_quota: bool


@dataclass(frozen=True)
class LoadOrder:
    """Which generator is to send what from a load host: a specification a process, whose files stand there too.

    `number` tells it from the loads before.
    """

    number: int
    kind: GeneratorKind
    folder: str
    specifications: list[LoadSpecification]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "LoadOrder":
        """Read from plain values."""
        specifications = [LoadSpecification(**one) for one in raw["specifications"]]
        return cls(raw["number"], GeneratorKind(raw["kind"]), raw["folder"], specifications)


@dataclass(frozen=True)
class WindowReport:
    """What a load host's processes counted, how long one of their threads waited for a CPU, and what its link carried.

    `run_queue_share` is of the window; None where the system does not tell, as is `link`.
    """

    results: list[LoadResult]
    run_queue_share: float | None
    link: LinkUse | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "WindowReport":
        """Read from plain values."""
        link = raw["link"]
        return cls(
            [LoadResult.from_dict(result) for result in raw["results"]],
            raw["run_queue_share"],
            None if link is None else LinkUse(**link),
        )


def to_line(message: dict[str, Any]) -> bytes:
    """One message as it goes over a pipe."""
    return (json.dumps(message, allow_nan=False) + "\n").encode()
