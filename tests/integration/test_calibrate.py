"""The instrument's calibrations on the real programs, and what makes them fail."""

import dataclasses
import platform
import shutil
import sys

import pytest
from servebench.calibrate import agreement, ceiling, meter, stall, truth
from servebench.calibrate.drive import BuiltGenerator, calibration_site, constant_model, drive
from servebench.calibrate.servers import DELAY_SERVER, build_program, start_program
from servebench.config import GeneratorDefinition
from servebench.generator.abilities import ABILITIES, Comparison
from servebench.generator.build import build_generator
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.paths import CACHE
from servebench.words import GeneratorKind
from support.processes import none_left
from support.toolchain import HAS_COMPILER

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
def test_a_ceiling_is_measured_with_the_studys_payload(payloads, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(ceiling, "DURATION_S", 1.0)
    outcome = ceiling.measure_ceiling(built(kind, tmp_path), payloads, 64, CACHE)
    # Any machine's loopback carries this; the ceilings themselves are printed by `make bench-loadgen`.
    assert outcome["throughput_rps"] > 500
    assert outcome["generator_cores"] > 0.3
    assert none_left("null_server")


@pytest.mark.parametrize("kind", ["native", "locust"])
def test_a_generator_reports_the_delays_that_the_server_says_it_realised(payloads, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(truth, "DURATION_S", 0.5)
    tolerance = dataclasses.replace(ABILITIES[GeneratorKind(kind)].truth, rounds=1)
    outcome = truth.measure_truth(built(kind, tmp_path), tolerance, payloads, CACHE)
    checks = {check["name"]: check for check in outcome["checks"]}
    assert len(checks) == 9
    assert all(count > 0 for count in outcome["requests"].values())
    # A busy machine may add to the tail; the bulk stays where the law has it.
    for law, median_ms in (("constant 5 ms", 5.0), ("98 % 2 ms, 2 % 50 ms", 2.0), ("exponential 10 ms", 6.93)):
        check = checks[f"{law}, p50"]
        assert check["expected"] == pytest.approx(median_ms, rel=0.35)
        assert check["expected"] <= check["found"] < check["expected"] + 3.0


def test_a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one(payloads, tmp_path):
    outcome = stall.measure_stall(built("native", tmp_path), ABILITIES[GeneratorKind.NATIVE].stall, payloads, CACHE)
    p99, maximum = outcome["checks"]
    assert p99["found"] == pytest.approx(970, rel=0.1)
    assert maximum["found"] == pytest.approx(1000, rel=0.1)
    assert outcome["closed_loop_p99_ms"] < 100
    assert outcome["closed_loop_max_ms"] == pytest.approx(1000, rel=0.1)


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
        model = constant_model(payloads, site.scratch / "model")
        points = [ClosedLoop(2)] if kind == "wrk" else [ClosedLoop(2), OpenLoop(100)]
        for point in points:
            load = drive(site, generator, model, server, point, 2.0).load
            p50_ms, p99_ms = percentiles_ms(histogram_of(load.latencies_ns), [50.0, 99.0], load.latency_max_ns)
            assert load.errors == {}
            # wrk tells no series: empty, not zero.
            assert bool(load.series) == (kind == "oha")
            assert sum(count for _, count in load.latencies_ns) == load.requests > 100
            assert 5.0 <= p50_ms < 7.0
            assert 30.0 <= p99_ms < 35.0


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not on the PATH")
def test_generators_that_share_no_code_are_compared_on_two_servers(payloads, monkeypatch):
    monkeypatch.setattr(agreement, "ROUNDS", 3)
    monkeypatch.setattr(agreement, "MOST_ROUNDS", 3)
    monkeypatch.setattr(agreement, "COMPARED", {GeneratorKind.WRK: Comparison.CLOSED})
    outcome = agreement.measure_agreement(payloads, CACHE)
    assert [check["name"] for check in outcome["checks"]] == [
        f"wrk / native on {target}, {figure}" for target in ("5 ms", "FastAPI") for figure in ("throughput", "p50")
    ]
    for check in outcome["checks"][:2]:
        assert check["found"] == pytest.approx(1.0, abs=0.1)
