"""How the harness and a generator's process speak: a specification in, lines that let each other go, a result out.

The harness starts the process with the path of a specification (JSON), at which time the server may still start:

| process | harness |
|---|---|
| loads its payloads, prints `ready` | |
| | writes `greet` once the server is up |
| opens its connections, makes one request on each, prints `greeted K`: so many had an answer; `-` where it cannot | |
| | writes the start, in nanoseconds on the monotonic clock |
| sends load on these connections until the window's end | |
| meanwhile may say each second of the window in a line: `{"second": 1, "good": 71200, "p99_ns": 912345}` | |
| writes its result (JSON) | |

A server may accept one connection a turn of its loop: without the greeting most users of a closed loop would stand in
the listener's queue during the whole window. At most `greetings_at_once` greetings are open, and all end within
`greeting_s`; the start follows at once, before a server drops an idle connection. A user whose greeting had no answer
stays in the load: the greeting is its first request. All processes of a trial share one window.

What is said of a second is for who looks at the run, and no result is made of it: nobody need read it, and a process
leaves out what its pipe has no room for. The last second is said once its last answer was waited for.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from servebench.address import Address
from servebench.generator.timetable import Knots

# Together with the ramp below less than the 5 s after which many servers drop an idle connection.
GREETING_S = 3.0
GREETINGS_AT_ONCE = 8
# The word that lets a process greet, and its answer's.
GREET = "greet"
GREETED = "greeted"
CANNOT_GREET = f"{GREETED} -"
# Users of a closed loop start one after the other over this share of the warm-up, but no longer than this.
RAMP_SHARE = 0.5
RAMP_MOST_S = 1.5


@dataclass(frozen=True)
class LoadSpecification:
    """What one generator process is to send.

    `timetable` holds an open loop's rate over warm-up and window, as (seconds after the start, requests a second),
    straight between; None in a closed loop of `users`. In an open loop `users` is the number of connections.
    A request times out `timeout_s` after its intended start; the users of a closed loop take `ramp_s` to start.
    The lines of `payloads` are the bodies, sent to `path` by `method` with `headers`; each line of `golden` belongs to
    every tenth body: a JSON object of JSON pointers, and of what stands there in a right answer. `result` is set by who
    starts the process. `phase` is this process's place between two of its requests, from 0 to 1: an open loop of even
    gaps that several share stays one.
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
    method: str
    path: str
    headers: dict[str, str]
    payloads: str
    golden: str
    first_payload: int
    result: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    ramp_s: float = 0.0
    greeting_s: float = GREETING_S
    greetings_at_once: int = GREETINGS_AT_ONCE
    is_tls: bool = False
    phase: float = 0.0

    @property
    def url(self) -> str:
        """The server, without a path."""
        return Address(self.host, self.port, self.is_tls).url

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class OpenLoopCounts:
    """Requests that were to start inside the window: scheduled = answered + errors + in flight + unsent.

    `waited_for_connection` found every connection busy, the unsent among them; `send_delays_ns` are the delays of all
    that were sent, from the intended start, or from when their connection became free where they waited for it, as
    (nanoseconds, count).
    """

    scheduled: int
    waited_for_connection: int
    unsent: int
    send_delays_ns: list[tuple[int, int]]

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "OpenLoopCounts":
        """Read from plain values."""
        return cls(**{**raw, "send_delays_ns": _pairs(raw["send_delays_ns"])})


class Second(NamedTuple):
    """One second of the window: good answers and errors that ended in it, the largest latency of the good ones."""

    good: int
    bad: int
    slowest_ns: int | None


@dataclass(frozen=True)
class LoadResult:
    """What one process, or all of a trial, counted inside the window.

    `latencies_ns` are those of good answers, as sorted pairs (nanoseconds, count) in the buckets of a
    HdrHistogram of three digits; sum, minimum and maximum are exact. `series` holds
    each second; it is empty where the generator does not tell. `cpu_s` is the generator's own CPU time
    inside the window, `busiest_cpu_s` that of its busiest thread; `idle_cpu_s` was burnt beside it by waiting
    without sleep, where it `is_spinning`. `told_delays_ns` is what a delay server said that it waited, of the same
    answers as `latencies_ns`. `window_s` is the window that was counted, where the generator cannot keep the asked one
    exactly.

    What is None or empty below is not told. Of `connections`, `connections_greeted` had an answer before the load.
    `in_flight` had no answer at the window's end (open loop: of those that were to start inside it, a while later);
    `unanswered_ages_ns` are, as (nanoseconds, count), the ages since the intended start of these, of the unsent and
    of those that timed out. `reconnects` are connections made again inside the window. A generator that spins tells
    the gaps of its loop that nothing it did explains, of the thread that has most of them.
    """

    requests: int
    errors: dict[str, int]
    latency_sum_ns: int
    latency_min_ns: int | None
    latency_max_ns: int | None
    latencies_ns: list[tuple[int, int]]
    series: list[Second]
    answers_checked: int
    cpu_s: float
    busiest_cpu_s: float
    open_loop: OpenLoopCounts | None = None
    told_delays_ns: list[tuple[int, int]] = field(default_factory=list)
    window_s: float | None = None
    idle_cpu_s: float = 0.0
    is_spinning: bool = False
    connections: int | None = None
    connections_greeted: int | None = None
    in_flight: int | None = None
    unanswered_ages_ns: list[tuple[int, int]] = field(default_factory=list)
    reconnects: int | None = None
    gap_total_s: float | None = None
    gap_longest_s: float | None = None

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "LoadResult":
        """Read a process's result file."""
        open_loop = raw["open_loop"]
        return cls(
            **{
                **raw,
                "latencies_ns": _pairs(raw["latencies_ns"]),
                "series": [Second(*second) for second in raw["series"]],
                "open_loop": OpenLoopCounts.from_dict(open_loop) if open_loop else None,
                "told_delays_ns": _pairs(raw["told_delays_ns"]),
                "unanswered_ages_ns": _pairs(raw["unanswered_ages_ns"]),
            }
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def _pairs(raw: list[list[int]]) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in raw]
