"""A process and its descendants, and what little of them is cheap to read: Linux by /proc, other systems by psutil."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

PROC = Path("/proc")
HAS_PROC = (PROC / "self/stat").exists()
PAGE_MIB = (os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096) / 2**20


@dataclass(frozen=True)
class ProcessStat:
    """CPU seconds of a living process and of its ended children, all in ticks of 10 ms; and its threads.

    `system_cpu_s` is what of both the kernel used for them, `major_faults` how often they waited for a disk's page.
    """

    own_cpu_s: float
    ended_children_cpu_s: float
    threads: int
    system_cpu_s: float
    major_faults: int


def tree_of(pid: int) -> list[int]:
    """A process and its living descendants; empty when it is gone."""
    try:
        found = [pid] if HAS_PROC and _is_alive(pid) else []
        for parent in found:
            found += _children(parent)
        return found or _ask_psutil(pid)
    except FileNotFoundError:
        # This kernel does not list children.
        return _ask_psutil(pid)


def tasks_of(pid: int, proc: Path = PROC) -> Iterator[Path]:
    """The folder of each thread of a process; none when it is gone, or where there is no /proc."""
    try:
        yield from (proc / str(pid) / "task").iterdir()
    except OSError:
        return


def _is_alive(pid: int) -> bool:
    return (PROC / str(pid) / "stat").exists()


def _children(pid: int) -> list[int]:
    """The children of all threads of a process. Looking for them in all processes would cost ten times as much."""
    children: list[int] = []
    for task in tasks_of(pid):
        try:
            children += [int(child) for child in (task / "children").read_text().split()]
        except FileNotFoundError:
            if task.exists():
                raise
        except ProcessLookupError:
            continue
    return children


def _ask_psutil(pid: int) -> list[int]:
    try:
        root = psutil.Process(pid)
        return [root.pid, *(child.pid for child in root.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def parse_stat(text: str, tick_s: float) -> ProcessStat:
    """/proc/<pid>/stat (proc_pid_stat(5)); a program's name may hold spaces and brackets."""
    fields = text.rpartition(")")[2].split()
    user, system, children_user, children_system = (int(value) * tick_s for value in fields[11:15])
    return ProcessStat(
        own_cpu_s=user + system,
        ended_children_cpu_s=children_user + children_system,
        threads=int(fields[17]),
        system_cpu_s=system + children_system,
        major_faults=int(fields[9]) + int(fields[10]),
    )


def resident_pages(pid: int) -> int | None:
    """Resident pages of a process, from its statm; None when it is gone, or where there is none."""
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return None
