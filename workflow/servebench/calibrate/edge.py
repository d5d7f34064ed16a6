"""What a process had used and waited for at an edge of a window, read in microseconds.

Reading a whole tree through /proc takes milliseconds of a CPU that generator or server want: within the window that
alone moved a 99th percentile by half a millisecond. The calibration's servers are single processes.
"""

import time
from dataclasses import dataclass

from servebench.trial.meter import cpu_clock_s
from servebench.trial.threads import parse_schedstat
from servebench.trial.tree import PROC


@dataclass(frozen=True)
class ProcessReading:
    """At a time on the monotonic clock: CPU seconds used, and seconds of waiting for a CPU that others had.

    `cpu_s` and `waited_s` are None where the system does not tell (only Linux does).
    """

    at_s: float
    cpu_s: float | None
    waited_s: float | None


def read_process(pid: int) -> ProcessReading:
    """Read a living process of one thread or more; its children do not count."""
    return ProcessReading(time.monotonic(), cpu_clock_s(pid), _waited_s(pid))


def cores_between(first: ProcessReading, last: ProcessReading) -> float | None:
    """The CPU that it used between two edges, in cores."""
    return _rate(first.cpu_s, last.cpu_s, last.at_s - first.at_s)


def waited_share(first: ProcessReading, last: ProcessReading) -> float | None:
    """Which share of the time between two edges it waited for a CPU."""
    return _rate(first.waited_s, last.waited_s, last.at_s - first.at_s)


def _rate(first: float | None, last: float | None, seconds: float) -> float | None:
    return None if first is None or last is None else (last - first) / seconds


def _waited_s(pid: int) -> float | None:
    """The run-queue delay of its main thread: each of the calibration's programs has one."""
    try:
        _cpu_ns, delay_ns = parse_schedstat((PROC / str(pid) / "schedstat").read_text())
    except (OSError, ValueError):
        return None
    return delay_ns / 1e9
