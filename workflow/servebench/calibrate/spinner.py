"""Spins on one CPU and records what its loop missed: run by itself, `python -I -S spinner.py CPU SECONDS GAP_NS`.

Prints JSON: the gaps' count, sum and longest, and their 99th percentile (nanoseconds; None without a gap), and how long
it waited in the run queue (None where the system does not tell). It imports nothing of the package: it must start fast.
"""

import gc
import json
import os
import sys
import time


def spin(duration_s: float, gap_ns: int) -> list[int]:
    """The gaps of a loop that does nothing but read the clock."""
    clock = time.monotonic_ns
    gaps = []
    before = clock()
    end = before + int(duration_s * 1e9)
    while before < end:
        now = clock()
        if now - before > gap_ns:
            gaps.append(now - before)
        before = now
    return sorted(gaps)


def read_waited_ns() -> int | None:
    """This process's run-queue delay."""
    try:
        with open("/proc/self/schedstat", encoding="ascii") as stream:
            return int(stream.read().split()[1])
    except (OSError, ValueError, IndexError):
        return None


def main() -> None:
    """Spin and print."""
    cpu, duration_s, gap_ns = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [cpu])
    gc.disable()
    first = read_waited_ns()
    gaps = spin(duration_s, gap_ns)
    last = read_waited_ns()
    print(
        json.dumps(
            {
                "gaps": len(gaps),
                "gaps_ns": sum(gaps),
                "longest_ns": gaps[-1] if gaps else None,
                "p99_ns": gaps[int(0.99 * len(gaps))] if gaps else None,
                "waited_ns": None if first is None or last is None else last - first,
            }
        )
    )


if __name__ == "__main__":
    main()
