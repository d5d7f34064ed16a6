"""What a process tree uses while it is measured: CPU by exact accounting, resident memory, threads; cheap to read."""

import contextlib
import os
import time
from dataclasses import dataclass

import psutil

from servebench.known import sum_if_known
from servebench.trial.tree import HAS_PROC, PAGE_MIB, PROC, parse_stat, resident_pages, tree_of


@dataclass(frozen=True)
class CpuReading:
    """CPU seconds that a tree has used so far, at a time on the monotonic clock.

    `system_cpu_s` is the kernel's part, in ticks of 10 ms; `major_faults` is None where the system does not tell.
    """

    at_s: float
    cpu_s: float
    system_cpu_s: float
    major_faults: int | None


@dataclass(frozen=True)
class ResourceSample:
    """One sample of a tree; pages that several of its processes share count in each."""

    at_s: float
    cpu_s: float
    rss_mib: float
    threads: int
    processes: int


@dataclass(frozen=True)
class _Usage:
    cpu_s: float
    rss_mib: float
    threads: int
    system_cpu_s: float
    major_faults: int | None


def read_cpu(pid: int) -> CpuReading:
    """CPU seconds of a tree: living processes with their ended threads, and ended children."""
    at_s = time.monotonic()
    usages = _usages(tree_of(pid))
    return CpuReading(
        at_s,
        sum(usage.cpu_s for usage in usages),
        sum(usage.system_cpu_s for usage in usages),
        sum_if_known([usage.major_faults for usage in usages]),
    )


def sample(pid: int) -> ResourceSample | None:
    """Sample a tree now; None when it is gone."""
    at_s = time.monotonic()
    tree = tree_of(pid)
    if not tree:
        return None
    usages = _usages(tree)
    return ResourceSample(
        at_s,
        sum(usage.cpu_s for usage in usages),
        sum(usage.rss_mib for usage in usages),
        sum(usage.threads for usage in usages),
        len(tree),
    )


def _usages(pids: list[int]) -> list[_Usage]:
    read = _read_proc if HAS_PROC else _ask_psutil
    return [usage for usage in map(read, pids) if usage is not None]


def _read_proc(pid: int) -> _Usage | None:
    """One process by /proc; None when it is gone."""
    try:
        stat = parse_stat((PROC / str(pid) / "stat").read_text(), 1 / os.sysconf("SC_CLK_TCK"))
    except OSError:
        return None
    rss_mib = (resident_pages(pid) or 0) * PAGE_MIB
    own_cpu_s = cpu_clock_s(pid)
    cpu_s = stat.own_cpu_s if own_cpu_s is None else own_cpu_s
    return _Usage(cpu_s + stat.ended_children_cpu_s, rss_mib, stat.threads, stat.system_cpu_s, stat.major_faults)


def cpu_clock_s(pid: int) -> float | None:
    """A process's CPU clock in nanosecond resolution, where /proc has ticks of 10 ms; None where it cannot be read."""
    # The kernel's MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED), as clock_getcpuclockid(3) returns it.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return None


def _ask_psutil(pid: int) -> _Usage | None:
    """One process where there is no /proc; None when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process = psutil.Process(pid)
        times = process.cpu_times()
        system_s = times.system + getattr(times, "children_system", 0.0)
        user_s = times.user + getattr(times, "children_user", 0.0)
        rss_mib = process.memory_info().rss / 2**20
        return _Usage(user_s + system_s, rss_mib, process.num_threads(), system_s, None)
    return None


def affinity_of(pid: int) -> list[int] | None:
    """The CPUs that a process may use, read back from the kernel; None where it does not tell."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    try:
        return sorted(os.sched_getaffinity(pid))
    except ProcessLookupError:
        return None
