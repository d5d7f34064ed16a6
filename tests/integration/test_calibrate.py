"""The instrument's calibrations on the real programs, and what makes them fail."""

import contextlib
import dataclasses
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest
from servebench.calibrate import agreement, ceiling, meter, stall, truth
from servebench.calibrate.drive import BuiltGenerator, calibration_site, constant_wire, drive
from servebench.calibrate.listening import listen, refuse_disturbed
from servebench.calibrate.resolution import PERCENTILES
from servebench.calibrate.servers import (
    DELAY_SERVER,
    NULL_SERVER,
    CalibrationServer,
    build_program,
    start_program,
)
from servebench.config import GeneratorDefinition
from servebench.errors import ServebenchError
from servebench.generator.abilities import ABILITIES, Comparison
from servebench.generator.build import build_generator
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.machine import read_topology
from servebench.paths import CACHE
from servebench.thresholds import GENERATOR_WAITED
from servebench.trial.server import free_port
from servebench.words import GeneratorKind
from support.processes import none_left
from support.toolchain import HAS_COMPILER

TRUTH_SERVER = Path(__file__).resolve().parents[1] / "support" / "truth_server.py"
# On a machine that others use the generator's CPU is taken: measured again, so many times.
ATTEMPTS = 3
# Below this an error is that of the histogram's three digits, at 25 ms.
DIGITS_MS = 0.03

pytestmark = pytest.mark.skipif(
    not HAS_COMPILER or platform.system() != "Linux", reason="the calibration's servers need Linux and a compiler"
)


def built(kind, folder):
    definition = GeneratorDefinition.model_validate({"kind": kind, "waiting": "spin"})
    manifest = build_generator(kind, definition, folder / kind, CACHE)
    if manifest["status"] != "built":
        pytest.skip(manifest["reason"])
    return BuiltGenerator(kind, definition, folder / kind)


@pytest.fixture
def payloads(cancer_model):
    return cancer_model / "payloads.jsonl"


@pytest.mark.parametrize("kind", ["native", "locust"])
def test_a_ceiling_is_measured_with_the_studys_payload(payloads, tmp_path, kind):
    outcome = ceiling.measure_ceiling(built(kind, tmp_path), payloads, 64, CACHE)
    # Any machine's loopback carries this; the ceilings themselves are printed by `make bench-loadgen`.
    assert outcome["throughput_rps"] > 500
    assert outcome["generator_cores"] > 0.3
    assert none_left("null_server")


@pytest.mark.parametrize("kind", ["native", "locust"])
def test_a_generators_resolution_is_told_with_the_floors(payloads, tmp_path, kind):
    tolerance = dataclasses.replace(ABILITIES[GeneratorKind(kind)].truth, rounds=1)
    outcome = truth.measure_truth(built(kind, tmp_path), tolerance, payloads, CACHE)
    checks = {check["name"]: check for check in outcome["checks"]}
    assert len(checks) == 3 * len(truth.LAWS)
    assert all(count > 20 for count in outcome["requests"].values())
    assert outcome["failed"] == 0, checks
    assert set(outcome["resolution"]) == set(outcome["floor"]) == {"p50_ms", "p90_ms", "p99_ms"}
    # A busy machine delays the server too, which tells it; a request never takes less than its law.
    assert checks["5 ms, p50"]["expected"] >= 5.0
    assert checks["bursts, p50"]["expected"] >= 2.0
    if kind == "locust":
        assert 0.05 < outcome["offset_ms"] < 20
    assert none_left("delay_server")
    assert none_left("floor")


class _Late:
    """A generator whose clock stops too late: a millisecond is added to every latency."""

    def __init__(self, drive):
        self.drive = drive

    def __call__(self, *arguments, **named):
        run = self.drive(*arguments, **named)
        late = [(latency_ns + 1_000_000, count) for latency_ns, count in run.load.latencies_ns]
        return dataclasses.replace(
            run, load=dataclasses.replace(run.load, latencies_ns=late, latency_max_ns=late[-1][0])
        )


def test_a_generator_that_adds_a_millisecond_is_found_out(payloads, tmp_path, monkeypatch):
    monkeypatch.setattr(truth, "drive", _Late(truth.drive))
    for _ in range(ATTEMPTS):
        outcome = truth.measure_truth(built("native", tmp_path), ABILITIES[GeneratorKind.NATIVE].truth, payloads, CACHE)
        if outcome["failed"]:
            assert outcome["rounds"] == 5
            return
        assert outcome["rounds_disturbed"] > 0
    pytest.skip(f"others took a CPU in {outcome['rounds_disturbed']} of the runs")


def drive_truth_server(generator, payloads, log, law):
    """Three runs against a server of the law, one right after the other."""
    with calibration_site("test") as site, log.open("wb") as stream:
        port = free_port()
        command = [sys.executable, str(TRUTH_SERVER), str(port), law]
        process = site.groups.start(command, site.server_cpus, dict(os.environ), stream)
        wait_until_it_listens(port)
        wire = constant_wire(payloads, site.scratch / "wire")
        server = CalibrationServer(port, process.pid)
        return [drive(site, generator, wire, server, ClosedLoop(8), 0.6) for _ in range(3)]


def wait_until_it_listens(port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the truth server does not listen")


@pytest.fixture(scope="module")
def stated(cancer_model, tmp_path_factory):
    """The native generator's resolution, as a study states it."""
    generator = built("native", tmp_path_factory.mktemp("stated"))
    return truth.measure_truth(generator, ABILITIES[GeneratorKind.NATIVE].truth, cancer_model / "payloads.jsonl", CACHE)


@pytest.mark.parametrize("law", ["gamma", "three-modes", "ramp"])
def test_laws_unlike_those_of_the_calibration_come_out_within_the_resolution(payloads, tmp_path, law, stated):
    generator = built("native", tmp_path)
    off_ms, taken = None, 0.0
    for _ in range(ATTEMPTS):
        runs = drive_truth_server(generator, payloads, tmp_path / "server.log", law)
        taken = max(run.waited_share for run in runs)
        if taken > GENERATOR_WAITED:
            continue
        errors = [truth.errors_of("native", run.load).off_ms for run in runs]
        off_ms = {f"p{q:g}_ms": abs(median(error[q] for error in errors)) for q in PERCENTILES}
        if all(off_ms[name] <= stated["resolution"][name] + DIGITS_MS for name in off_ms):
            return
    if off_ms is None:
        pytest.skip(f"others took a CPU for {taken:.1%} of a run, in each of {ATTEMPTS} attempts")
    raise AssertionError(f"{law}: {off_ms} off, stated {stated['resolution']}")


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
    generator = built("native", tmp_path)
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
    generator = built(kind, tmp_path)
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


@pytest.mark.parametrize(
    ("kind", "comparison", "off"),
    [
        pytest.param(
            GeneratorKind.WRK,
            Comparison.CLOSED,
            0.1,
            marks=pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not on the PATH"),
        ),
        (GeneratorKind.LOCUST, Comparison.THINKING, 0.25),
    ],
)
def test_generators_that_share_no_code_are_compared_on_two_servers(payloads, monkeypatch, kind, comparison, off):
    monkeypatch.setattr(agreement, "ROUNDS", 3)
    monkeypatch.setattr(agreement, "MOST_ROUNDS", 3)
    monkeypatch.setattr(agreement, "COMPARED", {kind: comparison})
    outcome = agreement.measure_agreement(payloads, CACHE)
    own = outcome["offsets_ms"][kind]
    p50 = f"p50 less its own {own:.2f} ms" if kind is GeneratorKind.LOCUST else "p50"
    assert [check["name"] for check in outcome["checks"]] == [
        f"{kind} / native on {target}, {figure}" for target in ("5 ms", "FastAPI") for figure in ("throughput", p50)
    ]
    for check in outcome["checks"][:2]:
        assert check["found"] == pytest.approx(1.0, abs=off)
