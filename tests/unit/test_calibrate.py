"""The instrument's calibrations on the real programs, and what makes them fail."""

import dataclasses
import platform
import shutil

import pytest
from conftest import HAS_COMPILER
from servebench.calibrate import agreement, ceiling, meter, stall, truth
from servebench.calibrate.ceiling import is_ceiling
from servebench.calibrate.drive import BuiltGenerator, Run, calibration_site, constant_model, drive
from servebench.calibrate.generator import calibrate_generator
from servebench.calibrate.kept import kept_or_made
from servebench.calibrate.outcome import Check, measured
from servebench.calibrate.servers import DELAY_SERVER, build_program, start_program
from servebench.config import GeneratorDefinition
from servebench.generator.build import build_generator
from servebench.generator.protocol import LoadResult
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.paths import CACHE
from servebench.report.calibration import verdict_of
from support.packages import default_config
from support.processes import none_left

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


def test_a_generator_that_is_not_built_is_not_calibrated(payloads, tmp_path):
    (tmp_path / "manifest.json").write_text('{"status": "unavailable", "reason": "no epoll", "remedy": "use Linux"}')
    definition = default_config().generator_catalogue["native"]
    outcome = calibrate_generator("native", definition, tmp_path, payloads, 1, CACHE, tmp_path / "out.json")
    assert (outcome["status"], outcome["reason"]) == ("not measured", "no epoll")
    assert "ceiling" not in outcome


@pytest.mark.parametrize(
    ("generator", "server", "expected"), [(0.99, 0.5, True), (0.99, 0.97, False), (0.9, 0.5, False)]
)
def test_a_ceiling_counts_only_where_the_generator_alone_was_the_limit(generator, server, expected):
    load = LoadResult(1, {}, 1, 1, 1, [(1, 1)], [(1, 0)], 0, 1.0, 1.0)
    assert is_ceiling(Run(load, 1.0, generator, server)) == expected


@pytest.mark.parametrize("kind", ["native", "locust"])
def test_a_generator_reports_the_delays_that_the_server_says_it_realised(payloads, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(truth, "DURATION_S", 0.5)
    monkeypatch.setitem(truth.TOLERANCES, kind, dataclasses.replace(truth.TOLERANCES[kind], rounds=1))
    outcome = truth.measure_truth(built(kind, tmp_path), payloads, CACHE)
    checks = {check["name"]: check for check in outcome["checks"]}
    assert len(checks) == 9
    assert all(count > 0 for count in outcome["requests"].values())
    # A busy machine may add to the tail; the bulk stays where the law has it.
    for law, median_ms in (("constant 5 ms", 5.0), ("98 % 2 ms, 2 % 50 ms", 2.0), ("exponential 10 ms", 6.93)):
        check = checks[f"{law}, p50"]
        assert check["expected"] == pytest.approx(median_ms, rel=0.35)
        assert check["expected"] <= check["found"] < check["expected"] + 3.0


def test_a_generator_that_adds_time_fails_the_truth(payloads, tmp_path):
    tolerance = truth.TOLERANCES["native"]
    check = truth._check("constant 5 ms", 50.0, [(5.3, 5.0), (5.31, 5.0), (5.29, 5.0)], tolerance)
    assert not check.passed
    assert truth._check("constant 5 ms", 50.0, [(5.02, 5.0), (9.0, 5.0), (5.05, 5.0)], tolerance).passed


@pytest.mark.parametrize(("disturbed_rounds", "made"), [(0, 1), (1, 3), (9, 3)])
def test_the_truth_is_measured_longer_while_it_does_not_pass(payloads, tmp_path, monkeypatch, disturbed_rounds, made):
    rounds = []

    def a_round(*_):
        rounds.append(1)
        found_ms = 9.0 if len(rounds) <= disturbed_rounds * len(truth.LAWS) else 5.0
        return {99.0: (found_ms, 5.0)}, 100

    monkeypatch.setattr(truth, "_round", a_round)
    monkeypatch.setitem(truth.TOLERANCES, "native", dataclasses.replace(truth.TOLERANCES["native"], rounds=1))
    outcome = truth.measure_truth(built("native", tmp_path), payloads, CACHE)
    assert len(rounds) == made * len(truth.LAWS)
    assert outcome["rounds"] == made
    assert outcome["passed"] == (disturbed_rounds < 2)


def test_a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one(payloads, tmp_path):
    outcome = stall.measure_stall(built("native", tmp_path), payloads, CACHE)
    p99, maximum = outcome["checks"]
    assert p99["found"] == pytest.approx(970, rel=0.1)
    assert maximum["found"] == pytest.approx(1000, rel=0.1)
    assert outcome["closed_loop_p99_ms"] < 100
    assert outcome["closed_loop_max_ms"] == pytest.approx(1000, rel=0.1)


def test_the_meter_reads_what_is_burnt_in_a_tree_of_processes(monkeypatch):
    outcome = meter.measure_meter(CACHE)
    cpu, memory = outcome["checks"]
    # The tight bounds are the calibration's; a machine that runs the tests may be busy.
    assert cpu["found"] == pytest.approx(cpu["expected"], rel=0.15)
    assert memory["found"] == pytest.approx(memory["expected"], rel=0.05)
    # Resident sizes count the shared pages once for each process.
    assert outcome["rss_mib"] > 1.5 * memory["expected"]
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
    monkeypatch.setattr(agreement, "OTHERS", {"wrk": "closed"})
    outcome = agreement.measure_agreement(payloads, CACHE)
    assert [check["name"] for check in outcome["checks"]] == [
        f"wrk / native on {target}, {figure}" for target in ("5 ms", "FastAPI") for figure in ("throughput", "p50")
    ]
    for check in outcome["checks"][:2]:
        assert check["found"] == pytest.approx(1.0, abs=0.1)


def test_two_figures_that_differ_do_not_agree():
    assert not agreement._check("x", [1.3, 1.31, 1.29], [1.0, 1.0, 1.0]).passed
    assert agreement._check("x", [1.3, 1.31, 1.29], [1.0, 1.0, 1.0]).is_decided
    assert not agreement._check("x", [1.0, 1.4, 0.8], [1.0, 1.0, 1.0]).is_decided
    assert agreement._check("x", [1.0, 1.01, 0.99], [1.0, 1.0, 1.0]).passed


def run_of(p50_ms, requests=100):
    latency_ns = int(p50_ms * 1e6)
    load = LoadResult(requests, {}, requests, latency_ns, latency_ns, [(latency_ns, requests)], [], 0, 0.1, 0.1)
    return Run(load, 1.0, 0.1, 0.1)


@pytest.mark.parametrize(
    ("other_ms", "rounds", "expected"),
    [
        (lambda n: 5.0, 5, "passed"),
        (lambda n: 7.0 if n == 0 else 5.0, 15, "passed"),
        (lambda n: 5.0 if n % 3 else 7.0, 15, "inconclusive"),
        (lambda n: 9.0, 5, "FAILED"),
    ],
)
def test_a_pair_is_compared_until_it_is_decided(monkeypatch, other_ms, rounds, expected):
    made = iter(range(100))
    monkeypatch.setattr(agreement, "_pair", lambda *_: (run_of(5.0), run_of(other_ms(next(made)))))
    target = agreement.Target("5 ms", None, None, {}, 1.0)
    generator = BuiltGenerator("wrk", None, None)
    checks = agreement._compare(None, target, generator, generator)
    assert next(made) == rounds
    assert verdict_of(measured(checks)).split()[0] == expected


def check(passed, is_decided=True):
    return Check("x", 1.0, 1.0, "5%", passed, "x", is_decided)


def test_a_calibration_is_kept_for_its_programs_unless_it_failed(tmp_path):
    source = tmp_path / "source"
    source.write_text("one")
    made = []

    def make(passed=True):
        def calibrate():
            made.append(passed)
            return measured([check(passed)])

        return calibrate

    assert kept_or_made(tmp_path, "x", ["1"], [source], make())["kept"] is False
    assert kept_or_made(tmp_path, "x", ["1"], [source], make())["kept"] is True
    source.write_text("two")
    assert kept_or_made(tmp_path, "x", ["1"], [source], make(False))["kept"] is False
    assert kept_or_made(tmp_path, "x", ["1"], [source], make(False))["kept"] is False
    assert made == [True, False, False]


def test_an_undecided_check_does_not_pass_and_does_not_fail():
    outcome = measured([check(True), check(False, is_decided=False)])
    assert (outcome["passed"], outcome["failed"]) == (False, 0)
