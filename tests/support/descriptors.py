"""A server whose descriptors are used up."""

import contextlib
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

LIMIT = resource.RLIMIT_NOFILE


@contextlib.contextmanager
def few_descriptors(pids: Sequence[int], free: int) -> Iterator[None]:
    """Leave each process so many free descriptors."""
    before = {pid: resource.prlimit(pid, LIMIT) for pid in pids}
    for pid, (_, hard) in before.items():
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, LIMIT, (used + free, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, LIMIT, limits)


def cpu_share(pids: Sequence[int], duration_s: float) -> float:
    """The CPUs that processes use while they are watched."""
    used_s = _cpu_s(pids)
    time.sleep(duration_s)
    return (_cpu_s(pids) - used_s) / duration_s


def _cpu_s(pids: Sequence[int]) -> float:
    total_s = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            total_s += times.user + times.system
    return total_s
