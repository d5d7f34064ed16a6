"""From what was read and counted to the figures of a trial's record."""

import math
from collections.abc import Sequence
from typing import Any

from servebench.generator.protocol import OpenLoopCounts
from servebench.histogram import histogram_of, percentiles_ms
from servebench.known import known
from servebench.load_hosts.host import HostReading
from servebench.machine import Placement
from servebench.percentiles import ages_ms_of, estimate
from servebench.trial.endpoint import RunningEndpoint
from servebench.trial.generator_processes import Measurement
from servebench.trial.memory import Memory
from servebench.trial.record import GeneratorFigures, LoadFigures, LoadHostFigures, ServerFigures
from servebench.trial.server import RunningServer, ServerLaunch
from servebench.trial.session import Window
from servebench.trial.threads import used_between
from servebench.trial.waits import waits_of
from servebench.trial.window import WindowReading

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


def load_figures(measurement: Measurement[Any]) -> LoadFigures:
    """What the generator counted in its window."""
    load, window_s = measurement.counted, measurement.window_s
    latencies = estimate(load.latencies_ns, load.unanswered_ages_ns, PERCENTILES, load.latency_max_ns)
    p50, p90, p95, p99, p99_9 = latencies.values_ms
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
        latency_max_ms=latencies.max_ms,
        answers_checked=load.answers_checked,
        in_flight=load.in_flight,
        connections=load.connections,
        connections_greeted=load.connections_greeted,
        reconnects=load.reconnects,
        unanswered_ages_ms=ages_ms_of(load.unanswered_ages_ns),
        bound_from_percentile=latencies.bound_from,
        **_open_loop_figures(load.open_loop),
    )


def _open_loop_figures(counts: OpenLoopCounts | None) -> dict[str, Any]:
    if counts is None:
        return {}
    return {
        "scheduled": counts.scheduled,
        "waited_for_connection": counts.waited_for_connection,
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
    # Load hosts have CPUs of their own.
    generator_cores = 0.0 if measurement.hosts else (counted.cpu_s + counted.idle_cpu_s) / measurement.window_s
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
    return ServerFigures(
        command=server.command,
        health=server.health,
        affinity=affinity,
        cpus=len(placement.server),
        parallelism=launch.parallelism,
        ready_s=server.ready_s,
        **_used(placement, rest, measurement),
    )


def endpoint_figures(
    endpoint: RunningEndpoint,
    placement: Placement,
    cpus: int | None,
    affinity: list[int] | None,
    rest: Memory,
    measurement: Measurement[WindowReading],
) -> ServerFigures:
    """What an endpoint used, as far as it is metered; it can use so many `cpus`, `affinity` are those of its own."""
    return ServerFigures(
        command=[],
        health=endpoint.health,
        affinity=affinity,
        cpus=cpus,
        parallelism=None,
        ready_s=None,
        **_used(placement, rest, measurement),
    )


def _used(placement: Placement, rest: Memory, measurement: Measurement[WindowReading]) -> dict[str, Any]:
    """What the server used and what it waited for, by the names in the record."""
    reading, counted = measurement.watched, measurement.counted
    cpu_cores = reading.cpu_mean_cores
    answers = counted.requests + sum(counted.errors.values())
    rate = answers / measurement.window_s
    return {
        "rest_uss_mib": rest.uss_mib,
        "rest_pss_mib": rest.pss_mib,
        "rest_rss_mib": rest.rss_mib,
        "uss_first_mib": reading.memory_first.uss_mib,
        "uss_last_mib": reading.memory_last.uss_mib,
        "pss_first_mib": reading.memory_first.pss_mib,
        "pss_last_mib": reading.memory_last.pss_mib,
        "rss_mean_mib": _mean([s.rss_mib for s in reading.samples]),
        "rss_peak_mib": max((s.rss_mib for s in reading.samples), default=None),
        "cpu_mean_cores": cpu_cores,
        "cpu_peak_cores": reading.cpu_peak_cores,
        "cpu_us_per_request": cpu_cores / rate * 1e6 if cpu_cores is not None and rate else None,
        "threads_peak": max((s.threads for s in reading.samples), default=None),
        "processes_peak": max((s.processes for s in reading.samples), default=None),
        "link_share": None if reading.link is None else reading.link.share,
        **_by_request(reading, answers),
        **waits_of(reading, placement),
    }


def _by_request(reading: WindowReading, answers: int) -> dict[str, Any]:
    """What a request cost in the program itself and in the kernel, together its CPU, and how often it met a disk."""
    total_s, system_s, faults = reading.server_cpu_s, reading.server_system_cpu_s, reading.server_major_faults
    if total_s is None or system_s is None or not answers:
        return {}
    # The kernel's part comes in ticks, the whole is exact.
    system_s = min(system_s, total_s)
    return {
        "major_faults_per_request": None if faults is None else faults / answers,
        "cpu_user_us_per_request": (total_s - system_s) / answers * 1e6,
        "cpu_system_us_per_request": system_s / answers * 1e6,
    }


def _host_figures(reading: HostReading, window_s: float) -> LoadHostFigures:
    """What one load host did."""
    gaps_s = known([result.gap_total_s for result in reading.results])
    link = reading.link
    return LoadHostFigures(
        host=reading.host,
        processes=len(reading.results),
        connections=reading.connections,
        requests=sum(result.requests for result in reading.results),
        cpu_mean_cores=sum(result.cpu_s for result in reading.results) / window_s,
        cpu_utilization=max(result.busiest_cpu_s for result in reading.results) / window_s,
        run_queue_share=reading.run_queue_share,
        gap_share=max(gaps_s) / window_s if gaps_s else None,
        round_trip_ms=reading.clock.round_trip_ns / 1e6,
        clock_error_ms=reading.clock.error_bound_ns / 1e6,
        link=None if link is None else link.interface,
        link_mbps=None if link is None else max(link.received_mbps, link.sent_mbps),
        link_share=None if link is None else link.share,
    )


def generator_figures(window: Window) -> GeneratorFigures:
    """What the generator used; a busiest thread decides whether it was the limit."""
    results, window_s = window.measurement.results, window.measurement.window_s
    counted = window.measurement.counted
    reading = window.measurement.watched
    hosts = [_host_figures(host, window_s) for host in window.measurement.hosts]
    return GeneratorFigures(
        command=window.command,
        processes=window.processes,
        affinity=window.generator_affinity,
        cpu_mean_cores=sum(result.cpu_s for result in results) / window_s,
        cpu_utilization=max(result.busiest_cpu_s for result in results) / window_s,
        is_spinning=counted.is_spinning,
        gap_share=None if counted.gap_total_s is None else counted.gap_total_s / window_s,
        gap_longest_ms=None if counted.gap_longest_s is None else counted.gap_longest_s * 1000,
        run_queue_share=_generator_wait(reading, hosts),
        hosts=hosts,
        busiest_host=max(hosts, key=lambda host: host.cpu_utilization).host if hosts else None,
        clock_error_ms=max((host.clock_error_ms for host in hosts), default=None),
        link_share=max(known([host.link_share for host in hosts]), default=None),
        harness_late_ms=reading.late_s * 1000,
    )


def _generator_wait(reading: WindowReading, hosts: Sequence[LoadHostFigures]) -> float | None:
    """The largest share of the window in which one of its threads waited for a CPU, on whichever host."""
    if hosts:
        return max(known([host.run_queue_share for host in hosts]), default=None)
    used = used_between(reading.waits_first.generator, reading.waits_last.generator)
    return used.longest_delay_s / used.elapsed_s if used else None
