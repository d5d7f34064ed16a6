"""A field of the record that nobody fills would be empty for ever: its default hides it."""

from pathlib import Path

import pytest
from servebench.generator.protocol import LoadResult, OpenLoopCounts
from servebench.machine import Placement
from servebench.trial.figures import generator_figures, load_figures, server_figures
from servebench.trial.generator_processes import Measurement
from servebench.trial.meter import CpuReading, ResourceSample
from servebench.trial.server import RunningServer, ServerLaunch
from servebench.trial.session import Window
from servebench.trial.window import WindowReading

COUNTED = LoadResult(
    requests=3,
    errors={"timeout": 1},
    latency_sum_ns=6_000_000,
    latency_min_ns=1_000_000,
    latency_max_ns=3_000_000,
    latencies_ns=[(1_000_000, 1), (2_000_000, 1), (3_000_000, 1)],
    series=[(3, 1)],
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
SAMPLES = [ResourceSample(float(at), at * 0.5, 10.0, 12.0 + at, 2, 1) for at in (0, 1)]


@pytest.fixture
def measurement():
    first, last = CpuReading(at_s=0.0, cpu_s=1.0), CpuReading(at_s=1.0, cpu_s=1.5)
    reading = WindowReading(first, last, SAMPLES, None, 1.2, 0.0)
    return Measurement([COUNTED], COUNTED, 1.0, 0.0, reading)


def is_whole(figures):
    return figures.model_fields_set == set(type(figures).model_fields)


def test_every_figure_of_the_load_is_filled(measurement):
    figures = load_figures(measurement)
    assert is_whole(figures)
    assert (figures.throughput_rps, figures.latency_mean_ms, figures.scheduled) == (3.0, 2.0, 5)
    # What timed out after 10 s had the largest latency of all five, and one that was cut off may have been slow.
    assert (figures.latency_p50_ms, figures.latency_p90_ms) == (pytest.approx(3.0), pytest.approx(10_000, rel=1e-3))
    assert figures.bound_from_percentile == pytest.approx(100 * (1 / 5 + 2 * 4 / 15))


def test_every_figure_of_the_server_is_filled(measurement):
    server = RunningServer(None, 8000, ["run"], 0.1, {"status": "ok"})
    launch = ServerLaunch(Path("package"), "threads", 1, (0,), 1, 60.0)
    placement = Placement(server=(0,), generator=(1,), is_pinned=True, is_shared=False)
    figures = server_figures(server, launch, placement, [0], SAMPLES[0], measurement)
    assert is_whole(figures)
    assert (figures.cpu_mean_cores, figures.cpu_us_per_request, figures.rss_peak_mib) == (0.5, 125_000.0, 13.0)


def test_every_figure_of_the_generator_is_filled(measurement):
    figures = generator_figures(Window(measurement, ["loadgen"], 1, [1]))
    assert is_whole(figures)
    assert (figures.cpu_mean_cores, figures.cpu_utilization) == (0.5, 0.5)
    assert (figures.is_spinning, figures.gap_share, figures.gap_longest_ms) == (True, 0.01, 5.0)
