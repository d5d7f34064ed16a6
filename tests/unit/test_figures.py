"""A field of the record that nobody fills would be empty for ever: its default hides it."""

from dataclasses import replace
from pathlib import Path

import pytest
from servebench.cgroup import Throttling
from servebench.generator.protocol import LoadResult, OpenLoopCounts, Second
from servebench.load_hosts.clock import HostClock
from servebench.load_hosts.host import HostReading
from servebench.load_hosts.link import LinkUse
from servebench.machine import Placement
from servebench.trial.cpu_times import CpuStat, CpuTimes
from servebench.trial.figures import generator_figures, load_figures, other_cores, server_figures
from servebench.trial.generator_processes import Measurement
from servebench.trial.memory import UNKNOWN, Memory
from servebench.trial.meter import CpuReading, ResourceSample
from servebench.trial.server import RunningServer, ServerLaunch
from servebench.trial.session import Window
from servebench.trial.threads import ThreadReading, ThreadReadings
from servebench.trial.window import Edge, Waits, WindowReading

COUNTED = LoadResult(
    requests=3,
    errors={"timeout": 1},
    latency_sum_ns=6_000_000,
    latency_min_ns=1_000_000,
    latency_max_ns=3_000_000,
    latencies_ns=[(1_000_000, 1), (2_000_000, 1), (3_000_000, 1)],
    series=[Second(3, 1, 3_000_000)],
    answers_checked=1,
    cpu_s=0.5,
    busiest_cpu_s=0.5,
    open_loop=OpenLoopCounts(5, 1, 0, [(1000, 4)]),
    connections=2,
    connections_greeted=1,
    in_flight=1,
    unanswered_ages_ns=[(1_500_000, 1), (10_000_000_000, 1)],
    reconnects=1,
    is_spinning=True,
    gap_total_s=0.01,
    gap_longest_s=0.005,
)
SAMPLES = [ResourceSample(float(at), at * 0.5, 12.0 + at, 2, 1) for at in (0, 1)]
PLACEMENT = Placement(server=(0,), generator=(1,), is_pinned=True, is_shared=False)
QUOTA = Path("/sys/fs/cgroup")


def stat(at_s, idle_s=0.0, interrupts_s=0.0, has_irq=False):
    """Two CPUs at a time: the first idle for `idle_s` and interrupted for `interrupts_s` of it, the second never."""
    one = CpuTimes(at_s - idle_s - interrupts_s, idle_s, interrupts_s, 0.0)
    two = CpuTimes(at_s, 0.0, 0.0, 0.0)
    return CpuStat(CpuTimes(2 * at_s - idle_s - interrupts_s, idle_s, interrupts_s, 0.0), {0: one, 1: two}, has_irq)


def waits(at_s, server, generator, queue, throttled_periods):
    """Readings of the server's and the generator's threads, as (CPU, delay) in ns and switches of both kinds."""
    first, last = (
        ThreadReadings(at_s, {number: ThreadReading(*thread) for number, thread in enumerate(threads)})
        for threads in (server, generator)
    )
    throttling = {QUOTA: Throttling(int(10 * at_s), throttled_periods, 0.1 * throttled_periods)}
    return Waits(at_s, first, last, throttling, queue)


def reading_of(server_delays_ns=(0,), cpu_s=0.5, idle_s=0.5, interrupts_s=0.0, has_irq=False):
    """A window of one second."""
    return WindowReading(
        first=Edge(CpuReading(0.0, 1.0, 0.2, 1), stat(0.0), 0.0),
        last=Edge(CpuReading(1.0, 1.0 + cpu_s, 0.3, 3), stat(1.0, idle_s, interrupts_s, has_irq), 0.01),
        waits_first=waits(0.0, [(0, 0, 0, 0) for _ in server_delays_ns], [(0, 0, 0, 0)] * 2, 3, 0),
        waits_last=waits(
            1.0, [(10**8, ns, 7, 2) for ns in server_delays_ns], [(0, 10**7, 0, 0), (0, 2 * 10**7, 0, 0)], 4, 2
        ),
        memory_first=Memory(9.0, 10.0, 12.0),
        memory_last=Memory(9.5, 10.5, 13.0),
        samples=SAMPLES,
        died_after_s=None,
        duration_s=1.0,
    )


def measured(reading):
    return Measurement([COUNTED], COUNTED, 1.0, 0.0, reading)


@pytest.fixture
def measurement():
    return measured(reading_of())


def figures_of(reading, placement=PLACEMENT):
    """What is recorded of the server."""
    server = RunningServer(None, 8000, ["run"], 0.1, {"status": "ok"})
    launch = ServerLaunch(Path("package"), "threads", 1, (0,), 1, 60.0)
    return server_figures(server, launch, placement, [0], Memory(8.0, 9.0, 11.0), measured(reading))


def is_whole(figures):
    return figures.model_fields_set == set(type(figures).model_fields)


def test_every_figure_of_the_load_is_filled(measurement):
    figures = load_figures(measurement)
    assert is_whole(figures)
    assert (figures.throughput_rps, figures.latency_mean_ms, figures.scheduled) == (3.0, 2.0, 5)
    # What timed out after 10 s had the largest latency of all five, and one that was cut off may have been slow.
    assert (figures.latency_p50_ms, figures.latency_p90_ms) == (pytest.approx(3.0), pytest.approx(10_000, rel=1e-3))
    assert figures.bound_from_percentile == pytest.approx(100 * (1 / 5 + 2 * 4 / 15))


# What records of before have: memory that was read inside the window.
DROPPED = {"pss_mean_mib", "pss_peak_mib"}


def test_every_figure_of_the_server_is_filled():
    figures = figures_of(reading_of())
    assert figures.model_fields_set == set(type(figures).model_fields) - DROPPED
    assert (figures.cpu_mean_cores, figures.cpu_us_per_request, figures.rss_peak_mib) == (0.5, 125_000.0, 13.0)
    assert (figures.rest_uss_mib, figures.uss_first_mib, figures.uss_last_mib) == (8.0, 9.0, 9.5)
    assert (figures.rest_pss_mib, figures.pss_first_mib, figures.pss_last_mib) == (9.0, 10.0, 10.5)
    assert (figures.listen_queue_first, figures.listen_queue_last) == (3, 4)
    assert (figures.busiest_thread_cores, figures.voluntary_switches_per_s) == (0.1, 7.0)
    assert (figures.involuntary_switches_per_s, figures.major_faults_per_request) == (2.0, 0.5)
    in_program, in_kernel = figures.cpu_user_us_per_request, figures.cpu_system_us_per_request
    assert (in_program, in_kernel) == (pytest.approx(100_000.0), pytest.approx(25_000.0))
    assert (figures.cpus_idle_share, figures.throttled_share) == (0.5, 0.2)


def test_what_others_took_is_no_more_than_the_server_waited():
    assert figures_of(reading_of([10**8], cpu_s=0.2)).run_queue_share == pytest.approx(0.1)


def test_threads_that_wait_for_each_other_wait_for_no_other():
    assert figures_of(reading_of([10**9] * 8, cpu_s=1.0, idle_s=0.0)).run_queue_share == 0.0


def test_of_their_waiting_what_others_used_counts():
    assert figures_of(reading_of([10**9] * 8, cpu_s=0.9, idle_s=0.0)).run_queue_share == pytest.approx(0.1)


@pytest.mark.parametrize(("has_irq", "share"), [(True, 0.1), (False, 0.3)])
def test_interrupts_are_subtracted_only_where_no_thread_has_them(has_irq, share):
    reading = reading_of([10**9], cpu_s=0.7, idle_s=0.0, interrupts_s=0.2, has_irq=has_irq)
    assert figures_of(reading).run_queue_share == pytest.approx(share)


def test_cpus_that_are_shared_by_design_tell_no_waiting():
    one_cpu = Placement(server=(0,), generator=(0,), is_pinned=True, is_shared=True)
    assert figures_of(reading_of([10**9]), one_cpu).run_queue_share is None
    unpinned = Placement(server=(0, 1), generator=(0, 1), is_pinned=False, is_shared=True)
    assert figures_of(reading_of(), unpinned).cpus_idle_share is None


def test_a_system_that_does_not_tell_leaves_empty_figures():
    blind = Waits(0.0, None, None, {}, None)
    whole = reading_of()
    reading = replace(
        whole,
        first=replace(whole.first, stat=None),
        waits_first=blind,
        waits_last=replace(blind, at_s=1.0),
        memory_first=UNKNOWN,
        memory_last=UNKNOWN,
    )
    figures = figures_of(reading)
    names = [*("uss_last_mib", "pss_last_mib", "cpus_idle_share", "run_queue_share", "throttled_share")]
    names += ["busiest_thread_cores", "voluntary_switches_per_s", "listen_queue_first", "listen_queue_last"]
    assert [getattr(figures, name) for name in names] == [None] * len(names)
    assert (reading.machine_busy_cores, reading.steal_cores) == (None, None)
    assert generator_figures(Window(measured(reading), ["loadgen"], 1, [1])).run_queue_share is None
    assert other_cores(measured(reading)) is None


def test_what_neither_used_is_of_others(measurement):
    assert other_cores(measurement) == pytest.approx(2.0 - 0.5 - 0.5 - 0.5)


def test_every_figure_of_the_generator_is_filled(measurement):
    figures = generator_figures(Window(measurement, ["loadgen"], 1, [1]))
    assert is_whole(figures)
    assert (figures.is_spinning, figures.gap_share, figures.gap_longest_ms) == (True, 0.01, 5.0)
    assert (figures.cpu_mean_cores, figures.cpu_utilization, figures.run_queue_share) == (0.5, 0.5, 0.02)


def test_of_load_hosts_each_is_told_and_the_busiest_named(measurement):
    link = LinkUse("eth0", 10.0, 40.0, 0.4)
    busy = replace(COUNTED, busiest_cpu_s=0.9)
    hosts = [
        HostReading("a", [COUNTED], 3, 0.01, link, HostClock(5, 200_000)),
        HostReading("b", [COUNTED, busy], 2, None, None, HostClock(5, 100_000)),
    ]
    remote = replace(measurement, results=[COUNTED, COUNTED, busy], hosts=hosts)
    figures = generator_figures(Window(remote, ["ssh"], 3, None))
    assert all(is_whole(host) for host in figures.hosts)
    assert [(host.host, host.processes, host.connections) for host in figures.hosts] == [("a", 1, 3), ("b", 2, 2)]
    assert (figures.busiest_host, figures.cpu_utilization, figures.run_queue_share) == ("b", 0.9, 0.01)
    assert (figures.clock_error_ms, figures.link_share) == (0.1, 0.4)
    assert (figures.hosts[1].link, figures.hosts[1].link_mbps) == (None, None)
    # Their CPUs are not the machine's.
    assert other_cores(remote) == pytest.approx(2.0 - 0.5 - 0.5)
