"""Keeping the processes that wait for a trial off the server's CPUs: Snakemake, its job's wrapper, the harness."""

import contextlib
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import psutil

from servebench.machine import Placement
from servebench.trial.tree import tasks_of


@contextmanager
def kept_away(placement: Placement, owner: int | None) -> Iterator[None]:
    """Run this process, its owner and all between them on the generator's CPUs.

    Afterwards they may run where this process could before. The owner's own set is not asked: a trial that was killed
    may have left it where it put it.
    """
    if not placement.is_pinned:
        yield
        return
    pids = waiting_processes(owner)
    home = os.sched_getaffinity(0)
    try:
        move(pids, placement.generator)
        yield
    finally:
        move(pids, home)


def waiting_processes(owner: int | None) -> list[int]:
    """This process, its owner, and the processes between them."""
    ancestors = [process.pid for process in psutil.Process().parents()]
    between = ancestors[: ancestors.index(owner)] if owner in ancestors else []
    return [os.getpid(), *between, *([] if owner is None else [owner])]


def move(pids: Sequence[int], cpus: Collection[int]) -> None:
    """Let every thread of these processes run on `cpus`; one that has ended or is another user's is left alone.

    A thread that starts meanwhile takes the set of the thread that started it, hence the second look.
    """
    for _ in range(2):
        for pid in pids:
            for task in tasks_of(pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.sched_setaffinity(int(task.name), cpus)
