"""From what was read and counted to the figures of a trial's record."""

import math
from typing import Any

from servebench.cgroup import throttled_share
from servebench.generator.protocol import OpenLoopCounts
from servebench.histogram import histogram_of, percentiles_ms
from servebench.machine import Placement
from servebench.trial.cpu_times import spent_between, used_by_others_s
from servebench.trial.generator_processes import Measurement
from servebench.trial.memory import Memory
from servebench.trial.record import GeneratorFigures, LoadFigures, ServerFigures
from servebench.trial.server import RunningServer, ServerLaunch
from servebench.trial.session import Window
from servebench.trial.threads import used_between
from servebench.trial.window import WindowReading

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


def load_figures(measurement: Measurement[Any]) -> LoadFigures:
    """What the generator counted in its window."""
    load, window_s = measurement.counted, measurement.window_s
    histogram = histogram_of(load.latencies_ns)
    p50, p90, p95, p99, p99_9 = percentiles_ms(histogram, PERCENTILES, load.latency_max_ns)
    return LoadFigures(
        window_s=window_s,
        requests=load.requests,
        errors=load.errors,
        throughput_rps=load.requests / window_s,
        latency_min_ms=_ms(load.latency_min_ns),
        latency_mean_ms=load.latency_sum_ns / load.requests / 1e6 if load.requests else None,
        latency_p50_ms=p50,
        latency_p90_ms=p90,
        latency_p95_ms=p95,
        latency_p99_ms=p99,
        latency_p99_9_ms=p99_9,
        latency_max_ms=_ms(load.latency_max_ns),
        answers_checked=load.answers_checked,
        **_open_loop_figures(load.open_loop),
    )


def _open_loop_figures(counts: OpenLoopCounts | None) -> dict[str, Any]:
    if counts is None:
        return {}
    return {
        "scheduled": counts.scheduled,
        "waited_for_connection": counts.waited_for_connection,
        "in_flight": counts.in_flight,
        "unsent": counts.unsent,
        "send_delay_p99_ms": percentiles_ms(histogram_of(counts.send_delays_ns), [99.0])[0],
    }


def _ms(value_ns: int | None) -> float | None:
    return None if value_ns is None else value_ns / 1e6


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def other_cores(measurement: Measurement[WindowReading]) -> float | None:
    """What else ran beside server and generator: the harness itself, and whatever disturbed them."""
    reading, counted = measurement.watched, measurement.counted
    if reading.machine_busy_cores is None or reading.cpu_mean_cores is None:
        return None
    generator_cores = (counted.cpu_s + counted.idle_cpu_s) / measurement.window_s
    return max(0.0, reading.machine_busy_cores - reading.cpu_mean_cores - generator_cores)


def server_figures(
    server: RunningServer,
    launch: ServerLaunch,
    placement: Placement,
    affinity: list[int] | None,
    rest: Memory,
    measurement: Measurement[WindowReading],
) -> ServerFigures:
    """What the server used and how it was started."""
    reading, counted = measurement.watched, measurement.counted
    cpu_cores = reading.cpu_mean_cores
    rate = (counted.requests + sum(counted.errors.values())) / measurement.window_s
    return ServerFigures(
        command=server.command,
        health=server.health,
        affinity=affinity,
        cpus=len(placement.server),
        parallelism=launch.parallelism,
        ready_s=server.ready_s,
        rest_uss_mib=rest.uss_mib,
        rest_pss_mib=rest.pss_mib,
        rest_rss_mib=rest.rss_mib,
        uss_first_mib=reading.memory_first.uss_mib,
        uss_last_mib=reading.memory_last.uss_mib,
        pss_first_mib=reading.memory_first.pss_mib,
        pss_last_mib=reading.memory_last.pss_mib,
        rss_mean_mib=_mean([s.rss_mib for s in reading.samples]),
        rss_peak_mib=max((s.rss_mib for s in reading.samples), default=None),
        cpu_mean_cores=cpu_cores,
        cpu_peak_cores=reading.cpu_peak_cores,
        cpu_us_per_request=cpu_cores / rate * 1e6 if cpu_cores is not None and rate else None,
        threads_peak=max((s.threads for s in reading.samples), default=None),
        processes_peak=max((s.processes for s in reading.samples), default=None),
        **_waits(reading, placement),
    )


def _waits(reading: WindowReading, placement: Placement) -> dict[str, Any]:
    """What the server waited for, as shares of the window."""
    first, last = reading.waits_first, reading.waits_last
    elapsed_s = last.at_s - first.at_s
    used = used_between(first.server, last.server)
    return {
        "cpus_idle_share": _idle_share(reading, placement),
        "run_queue_share": _held_by_others(reading, placement),
        "throttled_share": throttled_share(first.throttling, last.throttling, elapsed_s),
        "busiest_thread_cores": used.busiest_cpu_s / used.elapsed_s if used else None,
        "voluntary_switches_per_s": used.voluntary_switches / used.elapsed_s if used else None,
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


def generator_figures(window: Window) -> GeneratorFigures:
    """What the generator used; a busiest thread decides whether it was the limit."""
    results, window_s = window.measurement.results, window.measurement.window_s
    reading = window.measurement.watched
    used = used_between(reading.waits_first.generator, reading.waits_last.generator)
    return GeneratorFigures(
        command=window.command,
        processes=window.processes,
        affinity=window.generator_affinity,
        cpu_mean_cores=sum(result.cpu_s for result in results) / window_s,
        cpu_utilization=max(result.busiest_cpu_s for result in results) / window_s,
        run_queue_share=used.longest_delay_s / used.elapsed_s if used else None,
    )
