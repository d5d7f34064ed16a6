"""What a calibration concludes of its figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.calibrate import agreement, resolution
from servebench.calibrate.ceiling import is_ceiling
from servebench.calibrate.drive import Run
from servebench.calibrate.floor import errors_of_answers
from servebench.calibrate.generator import calibrate_generator, refuse_failed
from servebench.calibrate.kept import is_worth_keeping
from servebench.calibrate.outcome import Criterion, measured
from servebench.calibrate.resolution import Errors, Round
from servebench.calibrate.truth import errors_of
from servebench.errors import ServebenchError
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


LAW = "5 ms"
TOLERANCE = ABILITIES[GeneratorKind.NATIVE].truth
OWN_TIME = ABILITIES[GeneratorKind.LOCUST].truth


def round_of(own_ms, floor_ms=0.02, taken_share=0.0, told_ms=5.0):
    """A round in which every percentile is off by the same."""
    told = dict.fromkeys(resolution.PERCENTILES, told_ms)
    errors = [Errors(dict.fromkeys(resolution.PERCENTILES, off_ms), told, 100) for off_ms in (own_ms, floor_ms)]
    return Round(LAW, *errors, taken_share)


def judged(rounds, tolerance=TOLERANCE):
    made = iter(rounds)
    return resolution.judge_rounds([LAW], tolerance, lambda _law: next(made))


def test_a_generator_that_adds_time_of_its_own_fails_and_stops_the_study():
    outcome = judged([round_of(0.3 + n / 100) for n in range(5)])
    assert (outcome["passed"], outcome["failed"], outcome["rounds"]) == (False, 4, 5)
    with pytest.raises(
        ServebenchError, match=r"generator native: .*beyond what this machine explains.*p99: \+320 µs off"
    ):
        refuse_failed({"generator": "native", "truth": outcome})


def test_a_generator_that_reports_less_than_the_truth_fails_too():
    assert judged([round_of(-0.3)] * 5)["failed"] == 4


def test_what_the_floor_is_off_too_is_the_machines_and_no_failure():
    outcome = judged([round_of(0.8, floor_ms=0.75)] * 3)
    assert (outcome["failed"], outcome["rounds"]) == (0, 3)
    assert outcome["resolution"] == dict.fromkeys(("p50_ms", "p90_ms", "p95_ms", "p99_ms"), pytest.approx(0.8))
    assert outcome["floor"] == dict.fromkeys(("p50_ms", "p90_ms", "p95_ms", "p99_ms"), pytest.approx(0.75))
    refuse_failed({"generator": "native", "truth": outcome})


def test_on_a_disturbed_machine_nothing_fails_and_nothing_is_kept():
    outcome = judged([round_of(3.0, taken_share=0.2)] * 3)
    assert (outcome["failed"], outcome["is_disturbed"], outcome["rounds_disturbed"]) == (0, True, 3)
    assert outcome["undisturbed"]["p99_ms"] is None
    assert not is_worth_keeping(outcome)
    assert is_worth_keeping(judged([round_of(0.03)] * 3))


def test_a_disturbed_round_does_not_decide_the_resolution_but_is_told():
    outcome = judged([round_of(0.03), round_of(4.0, taken_share=0.2), round_of(0.04)])
    assert outcome["resolution"]["p99_ms"] == pytest.approx(0.04)
    assert outcome["worst"]["p99_ms"] == pytest.approx(4.0)
    assert outcome["undisturbed"]["p99_ms"] == pytest.approx(0.035)
    assert is_worth_keeping(outcome)


def test_rounds_are_added_while_an_error_looks_like_the_instruments():
    outcome = judged([round_of(0.3), round_of(0.3), round_of(0.3), round_of(0.02), round_of(0.03)])
    assert (outcome["failed"], outcome["rounds"]) == (0, 4)


def test_a_generators_own_time_is_its_offset_and_no_failure():
    outcome = judged([round_of(0.55, floor_ms=0.05)], OWN_TIME)
    assert (outcome["failed"], outcome["offset_ms"]) == (0, pytest.approx(0.5))
    assert outcome["resolution"]["p50_ms"] == pytest.approx(0.05)
    assert judged([round_of(0.03)] * 3)["offset_ms"] is None


@given(st.lists(st.floats(-5, 5), min_size=10, max_size=10), st.permutations(range(10)))
def test_a_failure_needs_every_error_beyond_every_one_of_the_floors(values, order):
    shuffled = [values[i] for i in order]
    rounds = [round_of(own, floor) for own, floor in zip(shuffled[:5], shuffled[5:], strict=True)]
    own, floors = shuffled[:5], shuffled[5:]
    is_separate = min(own) > max(floors) + 0.1 or max(own) < min(floors) - 0.1
    assert resolution.is_instruments_error(rounds, LAW, 99.0, TOLERANCE, 0.0) == is_separate
    assert not resolution.is_instruments_error(rounds[:4], LAW, 99.0, TOLERANCE, 0.0)


def test_errors_are_of_the_same_answers_on_both_sides():
    answers = [(5_000_000 + 20_000 + n, 5_000_000 + n) for n in range(100)]
    assert errors_of_answers(answers).off_ms[99.0] == pytest.approx(0.02)
    load = LoadResult(1, {}, 1, 1, 1, [(5_000_000, 1)], [(1, 0)], 0, 1.0, 1.0, told_delays_ns=[])
    with pytest.raises(ServebenchError, match="1 answers and 0 told delays"):
        errors_of("native", load)


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


def test_a_known_offset_is_no_disagreement():
    runs = [(run_of(5.0), run_of(5.56 + n / 1000)) for n in range(20)]
    of_other = iter(runs)
    without = agreement.compare_until_decided("locust / native on 5 ms", lambda _: next(of_other))
    assert [check.passed for check in without] == [True, False]
    of_other = iter(runs)
    criteria = agreement.compare_until_decided("locust / native on 5 ms", lambda _: next(of_other), 0.53)
    assert [check.passed for check in criteria] == [True, True]
    assert criteria[1].name == "locust / native on 5 ms, p50 less its own 0.53 ms"


def criterion(passed, is_decided=True):
    return Criterion("x", 1.0, 1.0, "5%", passed, "x", is_decided)


def test_an_undecided_check_does_not_pass_and_does_not_fail():
    outcome = measured([criterion(True), criterion(False, is_decided=False)])
    assert (outcome["passed"], outcome["failed"]) == (False, 0)


def test_an_undecided_outcome_is_not_kept():
    assert not is_worth_keeping(measured([criterion(True), criterion(False, is_decided=False)]))
    assert is_worth_keeping(measured([criterion(True)]))
