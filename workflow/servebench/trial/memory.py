"""A process tree's memory as its pages tell: private (USS), shared out (PSS) and resident (RSS).

To read it the kernel walks every page: 7 to 9 ms for a server of 200 MiB. It is therefore read beside a window only.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from servebench.known import sum_if_known
from servebench.trial.tree import PAGE_MIB, PROC, resident_pages

# Twice what a slow machine was seen to take for a resident MiB.
WALK_S_PER_MIB = 1e-4
PRIVATE = ("Private_Clean", "Private_Dirty", "Private_Hugetlb")


@dataclass(frozen=True)
class Memory:
    """Sums over the processes of a tree; None where the system does not tell."""

    uss_mib: float | None
    pss_mib: float | None
    rss_mib: float | None


UNKNOWN = Memory(None, None, None)


def read_memory(pids: Sequence[int], proc: Path = PROC) -> Memory:
    """Read these processes now; one that has ended meanwhile has none."""
    read = [_read_process(pid, proc) for pid in pids]
    found = [memory for memory in read if memory is not None]
    if not found:
        return UNKNOWN
    return Memory(
        sum_if_known([memory.uss_mib for memory in found]),
        sum_if_known([memory.pss_mib for memory in found]),
        sum_if_known([memory.rss_mib for memory in found]),
    )


def read_memory_before(pids: Sequence[int], start_s: float, margin_s: float) -> Memory:
    """Read it `margin_s` before `start_s` (monotonic); nothing where it would not be over by then."""
    walk_s = WALK_S_PER_MIB * PAGE_MIB * sum(resident_pages(pid) or 0 for pid in pids)
    wait_s = start_s - margin_s - walk_s - time.monotonic()
    if wait_s < -margin_s / 2:
        return UNKNOWN
    time.sleep(max(0.0, wait_s))
    return read_memory(pids)


def parse_smaps_rollup(text: str) -> Memory:
    """The sums of /proc/<pid>/smaps_rollup (proc_pid_smaps(5)), which are in KiB."""
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in text.splitlines()[1:])}
    return Memory(sum(kib.get(name, 0) for name in PRIVATE) / 1024, kib["Pss"] / 1024, kib["Rss"] / 1024)


def _read_process(pid: int, proc: Path) -> Memory | None:
    """One process; None when it has ended."""
    try:
        return parse_smaps_rollup((proc / str(pid) / "smaps_rollup").read_text())
    except ProcessLookupError:
        return None
    except (OSError, ValueError, KeyError, IndexError):
        return _ask_psutil(pid)


def _ask_psutil(pid: int) -> Memory | None:
    """Where there is no smaps_rollup: macOS tells USS of its own processes, older Linux all three."""
    try:
        process = psutil.Process(pid)
        rss_mib = process.memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return UNKNOWN
    uss = pss = None
    with contextlib.suppress(psutil.Error):
        full = process.memory_full_info()
        uss, pss = full.uss, getattr(full, "pss", None)
    return Memory(uss / 2**20 if uss else None, pss / 2**20 if pss else None, rss_mib)
