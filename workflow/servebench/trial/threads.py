"""What the threads of a process tree used and waited for, which Linux tells in /proc/<pid>/task."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from servebench.trial.tree import PROC, tasks_of


@dataclass(frozen=True)
class ThreadReading:
    """One thread since its start: CPU and the time it could run but had none, in ns; how often it left its CPU.

    It did so voluntarily where it waited for something, involuntarily where the kernel took it away.
    """

    cpu_ns: int
    delay_ns: int
    voluntary_switches: int
    involuntary_switches: int


NEW = ThreadReading(0, 0, 0, 0)


@dataclass(frozen=True)
class ThreadReadings:
    """The threads of some processes at a time on the monotonic clock, by thread id."""

    at_s: float
    threads: dict[int, ThreadReading]


@dataclass(frozen=True)
class ThreadsUsed:
    """What threads did between two readings; of a thread that ended between them nothing is known."""

    elapsed_s: float
    busiest_cpu_s: float
    delay_s: float
    longest_delay_s: float
    voluntary_switches: int
    involuntary_switches: int


def read_threads(pids: Iterable[int], proc: Path = PROC) -> ThreadReadings | None:
    """Read every thread of these processes; None where the system does not tell (schedstat(5) is Linux's)."""
    at_s = time.monotonic()
    threads = {}
    for pid in pids:
        for task in tasks_of(pid, proc):
            reading = _read_thread(task)
            if reading is not None:
                threads[int(task.name)] = reading
    # A kernel that does not account prints zeros for all.
    is_told = any(reading.cpu_ns for reading in threads.values())
    return ThreadReadings(at_s, threads) if is_told else None


def used_between(first: ThreadReadings | None, last: ThreadReadings | None) -> ThreadsUsed | None:
    """What the threads alive at the last reading did since the first; None where one is missing."""
    if first is None or last is None:
        return None
    pairs = [(first.threads.get(number, NEW), reading) for number, reading in last.threads.items()]
    cpu_ns = [after.cpu_ns - before.cpu_ns for before, after in pairs]
    delay_ns = [after.delay_ns - before.delay_ns for before, after in pairs]
    voluntary = [after.voluntary_switches - before.voluntary_switches for before, after in pairs]
    involuntary = [after.involuntary_switches - before.involuntary_switches for before, after in pairs]
    return ThreadsUsed(
        elapsed_s=last.at_s - first.at_s,
        busiest_cpu_s=max(cpu_ns) / 1e9,
        delay_s=sum(delay_ns) / 1e9,
        longest_delay_s=max(delay_ns) / 1e9,
        voluntary_switches=sum(voluntary),
        involuntary_switches=sum(involuntary),
    )


def parse_schedstat(text: str) -> tuple[int, int]:
    """CPU and run-queue delay of a task, both in ns: the first two of schedstat's three numbers."""
    cpu_ns, delay_ns, _slices = text.split()
    return int(cpu_ns), int(delay_ns)


def parse_switches(status: str) -> tuple[int, int]:
    """How often a task left its CPU by itself, and by the kernel, from its status; 0 where it does not say."""
    told = dict(line.split(":", 1) for line in status.splitlines() if "_ctxt_switches:" in line)
    return int(told.get("voluntary_ctxt_switches", 0)), int(told.get("nonvoluntary_ctxt_switches", 0))


def _read_thread(task: Path) -> ThreadReading | None:
    """One thread; None when it has ended, or where there is no schedstat."""
    try:
        cpu_ns, delay_ns = parse_schedstat((task / "schedstat").read_text())
        return ThreadReading(cpu_ns, delay_ns, *parse_switches((task / "status").read_text()))
    except (OSError, ValueError):
        return None
