"""How the harness and a generator's process speak: a specification in, one line `ready`, a start time, a result.

The harness starts the process with the path of a specification (JSON). The process loads its payloads,
prints `ready`, reads one line with the start on the monotonic clock in nanoseconds, sends load from then
until the window's end, and writes its result (JSON). All processes of a trial share one window.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from servebench.generator.timetable import Knots


@dataclass(frozen=True)
class LoadSpecification:
    """What one generator process is to send.

    `timetable` holds an open loop's rate over warm-up and window, as (seconds after the start, requests a second),
    straight between; None in a closed loop of `users`. In an open loop `users` is the number of connections.
    """

    host: str
    port: int
    users: int
    timetable: Knots | None
    arrivals: str
    seed: int
    think_time_s: float
    warmup_s: float
    duration_s: float
    timeout_s: float
    payloads: str
    golden: str
    first_payload: int
    result: str
    options: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class OpenLoopCounts:
    """Requests that were to start inside the window: scheduled = answered + errors + in_flight + unsent.

    `waited_for_connection` found every connection busy; `send_delays_ns` are the others' delays from the
    intended start to the sending, as (nanoseconds, count).
    """

    scheduled: int
    waited_for_connection: int
    in_flight: int
    unsent: int
    send_delays_ns: list[tuple[int, int]]

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "OpenLoopCounts":
        """Read from plain values."""
        return cls(**{**raw, "send_delays_ns": _pairs(raw["send_delays_ns"])})


@dataclass(frozen=True)
class LoadResult:
    """What one process, or all of a trial, counted inside the window.

    `latencies_ns` are those of good answers, as sorted pairs (nanoseconds, count) in the buckets of a
    HdrHistogram of three digits; sum, minimum and maximum are exact. `series` holds per second: good
    answers, errors; it is empty where the generator does not tell. `cpu_s` is the generator's own CPU time
    inside the window, `busiest_cpu_s` that of its busiest thread; `idle_cpu_s` was burnt beside it by waiting
    without sleep. `told_delays_ns` is what a delay server said that it waited, of the same answers as
    `latencies_ns`. `window_s` is the window that was counted, where the generator cannot keep the asked one
    exactly.
    """

    requests: int
    errors: dict[str, int]
    latency_sum_ns: int
    latency_min_ns: int | None
    latency_max_ns: int | None
    latencies_ns: list[tuple[int, int]]
    series: list[tuple[int, int]]
    answers_checked: int
    cpu_s: float
    busiest_cpu_s: float
    open_loop: OpenLoopCounts | None = None
    told_delays_ns: list[tuple[int, int]] = field(default_factory=list)
    window_s: float | None = None
    idle_cpu_s: float = 0.0

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "LoadResult":
        """Read a process's result file."""
        open_loop = raw["open_loop"]
        return cls(
            **{
                **raw,
                "latencies_ns": _pairs(raw["latencies_ns"]),
                "series": _pairs(raw["series"]),
                "open_loop": OpenLoopCounts.from_dict(open_loop) if open_loop else None,
                "told_delays_ns": _pairs(raw["told_delays_ns"]),
            }
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def _pairs(raw: list[list[int]]) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in raw]
