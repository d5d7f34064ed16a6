"""How right the instrument is, and whether its calibration would find out if it were not."""

import contextlib
import dataclasses
import os
import platform
import socket
import sys
import time
from pathlib import Path
from statistics import median

import pytest
from servebench.calibrate import truth
from servebench.calibrate.drive import calibration_site, constant_wire, drive
from servebench.calibrate.resolution import PERCENTILES
from servebench.calibrate.servers import CalibrationServer
from servebench.generator.abilities import ABILITIES
from servebench.load_point import ClosedLoop
from servebench.paths import CACHE
from servebench.thresholds import GENERATOR_WAITED
from servebench.trial.server import free_port
from servebench.words import GeneratorKind
from support.calibrations import built_generator
from support.toolchain import HAS_COMPILER

TRUTH_SERVER = Path(__file__).resolve().parents[1] / "support" / "truth_server.py"
# On a machine that others use the generator's CPU is taken: measured again, so many times.
ATTEMPTS = 3
# Below this an error is that of the histogram's three digits, at 25 ms.
DIGITS_MS = 0.03

pytestmark = pytest.mark.skipif(
    not HAS_COMPILER or platform.system() != "Linux", reason="the calibration's servers need Linux and a compiler"
)


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
        outcome = truth.measure_truth(
            built_generator("native", tmp_path), ABILITIES[GeneratorKind.NATIVE].truth, payloads, CACHE
        )
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
    generator = built_generator("native", tmp_path_factory.mktemp("stated"))
    return truth.measure_truth(generator, ABILITIES[GeneratorKind.NATIVE].truth, cancer_model / "payloads.jsonl", CACHE)


@pytest.mark.parametrize("law", ["gamma", "three-modes", "ramp"])
def test_laws_unlike_those_of_the_calibration_come_out_within_the_resolution(payloads, tmp_path, law, stated):
    generator = built_generator("native", tmp_path)
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
