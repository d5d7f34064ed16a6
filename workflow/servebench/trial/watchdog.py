"""Ends processes when their owner dies: even SIGKILL of the harness leaves no server behind.

Run as a script, with a mark. Reads a process group's number a line; at the end of its input (the owner closed it or
died) it kills every group it was told of, and every process whose environment holds the mark: one that has made itself
a daemon is in none of the groups.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

MARK = "SERVEBENCH_MARK"
PROC = Path("/proc")
# One that starts others as fast as they are killed must not hold the owner.
MOST_ROUNDS = 20


def main() -> None:
    """Wait for the owner's end, then kill the groups and what is marked."""
    # Its owner's Ctrl-C must not end it before the groups are ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups = [int(line) for line in sys.stdin]
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    kill_marked(sys.argv[1])


def kill_marked(mark: str) -> int:
    """Kill every process that was started with this mark; returns how many there were."""
    killed: set[int] = set()
    is_sure = False
    for _ in range(MOST_ROUNDS):
        seen, has_all = _marked(mark)
        found = seen - killed
        if not found and (has_all or is_sure):
            break
        is_sure = not found
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed |= found
    return len(killed)


def _marked(mark: str) -> tuple[set[int], bool]:
    """The processes that have the mark in their environment, none where there is no /proc; and whether all were read.

    One that ended meanwhile may have left a child, which the list does not have yet.
    """
    wanted, found, has_all = f"{MARK}={mark}".encode(), set(), True
    for folder in PROC.glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
        except PermissionError:
            continue
        except OSError:
            has_all = False
    return found, has_all


if __name__ == "__main__":
    main()
