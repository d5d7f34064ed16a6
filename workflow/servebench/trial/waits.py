"""What a server waited for in its window: for a CPU that others had, for work, for its quota."""

from typing import Any

from servebench.cgroup import throttled_share
from servebench.machine import Placement
from servebench.trial.cpu_times import spent_between, used_by_others_s
from servebench.trial.threads import used_between
from servebench.trial.window import WindowReading


def waits_of(reading: WindowReading, placement: Placement) -> dict[str, Any]:
    """The figures of a server that say what it waited for, by their names in the record."""
    first, last = reading.waits_first, reading.waits_last
    elapsed_s = last.at_s - first.at_s
    used = used_between(first.server, last.server)
    return {
        "cpus_idle_share": _idle_share(reading, placement),
        "run_queue_share": _held_by_others(reading, placement),
        "throttled_share": throttled_share(first.throttling, last.throttling, elapsed_s),
        "busiest_thread_cores": used.busiest_cpu_s / used.elapsed_s if used else None,
        "voluntary_switches_per_s": used.voluntary_switches / used.elapsed_s if used else None,
        "involuntary_switches_per_s": used.involuntary_switches / used.elapsed_s if used else None,
        "listen_queue_first": first.listen_queue,
        "listen_queue_last": last.listen_queue,
    }


def _idle_share(reading: WindowReading, placement: Placement) -> float | None:
    """Share of the time of the server's CPUs in which nothing ran; None where they are not its own to know."""
    first, last = reading.first.stat, reading.last.stat
    if not placement.is_pinned or first is None or last is None:
        return None
    spent = spent_between(first, last, placement.server)
    return None if spent is None else min(1.0, spent.idle_s / (reading.duration_s * len(placement.server)))


def _held_by_others(reading: WindowReading, placement: Placement) -> float | None:
    """At most which share of the time of its CPUs others took from a server that wanted to run.

    Its threads' run-queue delay holds their waiting for each other too, wherever there are more of them than CPUs. An
    other can only hold it while the other runs: the lesser of both times is a bound, and the delay itself where no
    thread waits for its like. None where generator and server share their CPUs by design.
    """
    first, last = reading.first.stat, reading.last.stat
    used = used_between(reading.waits_first.server, reading.waits_last.server)
    if placement.is_shared or first is None or last is None or used is None:
        return None
    if reading.elapsed_s is None or reading.server_cpu_s is None:
        return None
    cpus = placement.server
    others_s = used_by_others_s(first, last, cpus, reading.elapsed_s, reading.server_cpu_s)
    if others_s is None:
        return None
    return min(others_s / (reading.elapsed_s * len(cpus)), used.delay_s / (used.elapsed_s * len(cpus)))
