"""What a process tree uses: CPU by exact accounting, memory as PSS and RSS, threads."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True)
class CpuReading:
    """CPU seconds that a tree has used so far, at a time on the monotonic clock."""

    at_s: float
    cpu_s: float


@dataclass(frozen=True)
class ResourceSample:
    """One sample of a tree; PSS is None where the system does not tell it."""

    at_s: float
    cpu_s: float
    pss_mib: float | None
    rss_mib: float
    threads: int
    processes: int


def tree_of(pid: int) -> list[psutil.Process]:
    """A process and its living descendants; empty when it is gone."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def read_cpu(pid: int) -> CpuReading:
    """CPU seconds of a tree: living processes with their ended threads, and ended children."""
    return CpuReading(time.monotonic(), sum(_process_cpu_s(process) for process in tree_of(pid)))


def _process_cpu_s(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        times = process.cpu_times()
        ended_children_s = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        own_s = _cpu_clock_s(process.pid)
        return (times.user + times.system if own_s is None else own_s) + ended_children_s
    return 0.0


def _cpu_clock_s(pid: int) -> float | None:
    """A process's CPU clock in nanosecond resolution, where /proc has ticks of 10 ms (Linux only)."""
    if not Path("/proc/self/stat").exists():
        return None
    # The kernel's MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED), as clock_getcpuclockid(3) returns it.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return None


def sample(pid: int) -> ResourceSample | None:
    """Sample a tree now; None when it is gone."""
    at_s = time.monotonic()
    tree = tree_of(pid)
    if not tree:
        return None
    cpu_s = 0.0
    pss: list[float | None] = []
    rss_mib = 0.0
    threads = 0
    for process in tree:
        cpu_s += _process_cpu_s(process)
        pss.append(_pss_mib(process.pid))
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            rss_mib += process.memory_info().rss / MIB
            threads += process.num_threads()
    known = [value for value in pss if value is not None]
    total_pss = sum(known) if len(known) == len(pss) else None
    return ResourceSample(at_s, cpu_s, total_pss, rss_mib, threads, len(tree))


def _pss_mib(pid: int) -> float | None:
    """The proportional set size: pages shared by forked workers count once over all of them."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as stream:
            for line in stream:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        return None
    return None


def affinity_of(pid: int) -> list[int] | None:
    """The CPUs that a process may use, read back from the kernel; None where it does not tell."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    try:
        return sorted(os.sched_getaffinity(pid))
    except ProcessLookupError:
        return None
