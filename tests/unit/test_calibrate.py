"""What a calibration concludes of its figures."""

import dataclasses

import pytest
from servebench.calibrate import agreement, truth
from servebench.calibrate.ceiling import is_ceiling
from servebench.calibrate.drive import Run
from servebench.calibrate.generator import calibrate_generator
from servebench.calibrate.outcome import Criterion, measured
from servebench.generator.abilities import ABILITIES
from servebench.generator.protocol import LoadResult
from servebench.paths import CACHE
from servebench.report.calibration import verdict_of
from servebench.words import GeneratorKind
from support.packages import default_config


def test_a_generator_that_is_not_built_is_not_calibrated(tmp_path):
    (tmp_path / "manifest.json").write_text('{"status": "unavailable", "reason": "no epoll", "remedy": "use Linux"}')
    definition = default_config().generator_catalogue["native"]
    outcome = calibrate_generator(
        "native", definition, tmp_path, tmp_path / "payloads.jsonl", 1, CACHE, tmp_path / "out.json"
    )
    assert (outcome["status"], outcome["reason"]) == ("not measured", "no epoll")
    assert "ceiling" not in outcome


@pytest.mark.parametrize(
    ("generator", "server", "expected"), [(0.99, 0.5, True), (0.99, 0.97, False), (0.9, 0.5, False)]
)
def test_a_ceiling_counts_only_where_the_generator_alone_was_the_limit(generator, server, expected):
    load = LoadResult(1, {}, 1, 1, 1, [(1, 1)], [(1, 0)], 0, 1.0, 1.0)
    assert is_ceiling(Run(load, 1.0, generator, server)) == expected


def test_a_generator_that_adds_time_fails_the_truth():
    tolerance = ABILITIES[GeneratorKind.NATIVE].truth
    check = truth.criterion_of("constant 5 ms", 50.0, [(5.3, 5.0), (5.31, 5.0), (5.29, 5.0)], tolerance)
    assert not check.passed
    assert truth.criterion_of("constant 5 ms", 50.0, [(5.02, 5.0), (9.0, 5.0), (5.05, 5.0)], tolerance).passed


def test_two_figures_that_differ_do_not_agree():
    assert not agreement.criterion_of("x", [1.3, 1.31, 1.29], [1.0, 1.0, 1.0]).passed
    assert agreement.criterion_of("x", [1.3, 1.31, 1.29], [1.0, 1.0, 1.0]).is_decided
    assert not agreement.criterion_of("x", [1.0, 1.4, 0.8], [1.0, 1.0, 1.0]).is_decided
    assert agreement.criterion_of("x", [1.0, 1.01, 0.99], [1.0, 1.0, 1.0]).passed


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
def test_a_pair_is_compared_until_it_is_decided(other_ms, rounds, expected):
    made = iter(range(100))
    criteria = agreement.compare_until_decided(
        "wrk / native on 5 ms", lambda _: (run_of(5.0), run_of(other_ms(next(made))))
    )
    assert next(made) == rounds
    assert verdict_of(measured(criteria)).split()[0] == expected


@pytest.mark.parametrize(("disturbed_rounds", "made"), [(0, 1), (1, 3), (9, 3)])
def test_the_truth_is_measured_longer_while_it_does_not_pass(disturbed_rounds, made):
    rounds = []

    def a_round(_law, _users):
        rounds.append(1)
        found_ms = 9.0 if len(rounds) <= disturbed_rounds * len(truth.LAWS) else 5.0
        return {99.0: (found_ms, 5.0)}, 100

    tolerance = dataclasses.replace(ABILITIES[GeneratorKind.NATIVE].truth, rounds=1)
    outcome = truth.judge_rounds(tolerance, a_round)
    assert len(rounds) == made * len(truth.LAWS)
    assert outcome["rounds"] == made
    assert outcome["passed"] == (disturbed_rounds < 2)


def criterion(passed, is_decided=True):
    return Criterion("x", 1.0, 1.0, "5%", passed, "x", is_decided)


def test_an_undecided_check_does_not_pass_and_does_not_fail():
    outcome = measured([criterion(True), criterion(False, is_decided=False)])
    assert (outcome["passed"], outcome["failed"]) == (False, 0)
