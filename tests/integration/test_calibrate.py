"""The instrument's calibrations on the real programs, and what makes them fail."""

import dataclasses
import platform
import re
import subprocess
import sys
import time

import pytest
from servebench.calibrate import ceiling, meter, stall, truth
from servebench.calibrate.drive import calibration_site, constant_wire, drive
from servebench.calibrate.listening import listen, refuse_disturbed
from servebench.calibrate.servers import DELAY_SERVER, NULL_SERVER, build_program, start_program
from servebench.errors import ServebenchError
from servebench.generator.abilities import ABILITIES
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.machine import read_topology
from servebench.paths import CACHE
from servebench.words import GeneratorKind
from support.calibrations import built_generator
from support.processes import none_left
from support.toolchain import HAS_COMPILER

pytestmark = pytest.mark.skipif(
    not HAS_COMPILER or platform.system() != "Linux", reason="the calibration's servers need Linux and a compiler"
)


@pytest.mark.parametrize("kind", ["native", "locust"])
def test_a_ceiling_is_measured_with_the_studys_payload(payloads, tmp_path, kind):
    outcome = ceiling.measure_ceiling(built_generator(kind, tmp_path), payloads, 64, CACHE)
    # Any machine's loopback carries this; the ceilings themselves are printed by `make bench-loadgen`.
    assert outcome["throughput_rps"] > 500
    assert outcome["generator_cores"] > 0.3
    assert none_left("null_server")


@pytest.mark.parametrize("kind", ["native", "locust"])
def test_a_generators_resolution_is_told_with_the_floors(payloads, tmp_path, kind):
    tolerance = dataclasses.replace(ABILITIES[GeneratorKind(kind)].truth, rounds=1)
    outcome = truth.measure_truth(built_generator(kind, tmp_path), tolerance, payloads, CACHE)
    checks = {check["name"]: check for check in outcome["checks"]}
    assert len(checks) == len(outcome["resolution"]) * len(truth.LAWS)
    assert all(count > 20 for count in outcome["requests"].values())
    assert outcome["failed"] == 0, checks
    assert set(outcome["resolution"]) == set(outcome["floor"]) == {"p50_ms", "p90_ms", "p95_ms", "p99_ms"}
    # A busy machine delays the server too, which tells it; a request never takes less than its law.
    assert checks["5 ms, p50"]["expected"] >= 5.0
    assert checks["bursts, p50"]["expected"] >= 2.0
    if kind == "locust":
        assert 0.05 < outcome["offset_ms"] < 20
    assert none_left("delay_server")
    assert none_left("floor")


def test_a_second_of_listening_hears_who_burns_a_cpu(tmp_path):
    burn = "import os, time\nos.sched_setaffinity(0, [%d])\nend = time.time() + 120\nwhile time.time() < end: pass"
    cpu = read_topology()[-1].number
    burner = subprocess.Popen([sys.executable, "-c", burn % cpu])
    try:
        time.sleep(0.5)
        outcome = listen(tmp_path / "machine.json")
    finally:
        burner.kill()
        burner.wait()
    heard = {one["cpu"]: one for one in outcome["cpus"]}[cpu]
    assert heard["taken_share"] > 0.2
    assert burner.pid in [other["pid"] for other in outcome["others"]]
    assert re.match(r"CPU \d+ was taken for \d+ % of a second, mostly by process ", outcome["disturbance"])
    with pytest.raises(ServebenchError, match="the machine is not"):
        refuse_disturbed(outcome)
    assert none_left("spinner.py")


def test_a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one(payloads, tmp_path):
    generator = built_generator("native", tmp_path)
    outcome = stall.measure_stall(generator, ABILITIES[GeneratorKind.NATIVE].stall, payloads, CACHE)
    p99, maximum = outcome["checks"]
    assert p99["found"] == pytest.approx(985, rel=0.1)
    assert maximum["found"] == pytest.approx(1000, rel=0.1)
    with calibration_site("test") as site:
        executable = build_program(NULL_SERVER, site.scratch, CACHE)
        wire = constant_wire(payloads, site.scratch / "wire")
        run = stall.drive_stalled(site, generator, wire, executable, ClosedLoop(4))
    closed_p99_ms, closed_maximum_ms = stall.p99_and_maximum_ms(run.load)
    assert closed_p99_ms < 100
    assert closed_maximum_ms == pytest.approx(1000, rel=0.1)


def test_the_meter_reads_what_is_burnt_in_a_tree_of_processes(monkeypatch):
    outcome = meter.measure_meter(CACHE)
    cpu, *memories = outcome["checks"]
    # The tight bounds are the calibration's; a machine that runs the tests may be busy.
    assert cpu["found"] == pytest.approx(cpu["expected"], rel=0.15)
    for memory in memories:
        assert memory["found"] == pytest.approx(memory["expected"], rel=0.05), memory["name"]
    if sys.platform == "linux":
        assert len(memories) == 4
    # Resident sizes count the shared pages once for each process.
    assert outcome["rss_mib"] > 1.5 * meter.Burn().total_memory_mib
    assert none_left("burner")


@pytest.mark.parametrize("kind", ["wrk", "oha"])
def test_load_tools_of_others_agree_with_a_known_delay(payloads, tmp_path, kind):
    generator = built_generator(kind, tmp_path)
    with calibration_site("test") as site:
        server = start_program(
            site.groups, build_program(DELAY_SERVER, site.scratch, CACHE), site.server_cpus, "mixture:5:30:0.05"
        )
        wire = constant_wire(payloads, site.scratch / "wire")
        points = [ClosedLoop(2)] if kind == "wrk" else [ClosedLoop(2), OpenLoop(100)]
        for point in points:
            load = drive(site, generator, wire, server, point, 2.0).load
            p50_ms, p99_ms = percentiles_ms(histogram_of(load.latencies_ns), [50.0, 99.0], load.latency_max_ns)
            assert load.errors == {}
            # wrk tells no series: empty, not zero.
            assert bool(load.series) == (kind == "oha")
            assert sum(count for _, count in load.latencies_ns) == load.requests > 100
            assert 5.0 <= p50_ms < 7.0
            assert 30.0 <= p99_ms < 35.0
