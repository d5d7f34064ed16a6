import pytest
from servebench.paths import StudyPaths
from servebench.percentile_needs import are_enough_requests, share_beyond, window_needed_s
from servebench.plan.estimate import make_plan
from servebench.plan.known_machine import KnownMachine
from servebench.plan.percentiles import percentiles_line
from support.packages import default_config


@pytest.mark.parametrize(
    ("requests", "percentile", "is_enough"),
    [(10_000, 99, True), (9_999, 99, False), (100_000, 99.9, True), (2_000, 95, True), (1_999, 95, False)],
)
def test_a_hundred_requests_beyond_a_percentile_tell_it(requests, percentile, is_enough):
    assert are_enough_requests(requests, share_beyond(percentile)) == is_enough


def test_the_window_that_tells_a_percentile_follows_from_rate_and_repeats():
    assert window_needed_s(99, rate_rps=200, repeats=3) == 17
    assert window_needed_s(99, rate_rps=2_000, repeats=5) == 1
    # What is beyond must lie in several seconds.
    assert window_needed_s(50, rate_rps=100_000, repeats=1) == 5


@pytest.mark.parametrize(
    ("rates", "changes", "line"),
    [
        ([200], {"duration_s": 4}, "p99 at 200 requests/s needs windows of 17 s; p95 is told"),
        ([200], {"duration_s": 2}, "p95 and p99 at 200 requests/s need windows of 4 s and 17 s; p50 is told"),
        ([10], {"duration_s": 1}, "p50 and p95 and p99 at 10 requests/s need windows of 7 s and 67 s and 334 s"),
        ([200], {"duration_s": 17}, ""),
        (
            [20, 200],
            {"duration_s": 4},
            "p95 and p99 at 20 requests/s need windows of 34 s and 167 s; p50 is told, "
            "p99 at 200 requests/s needs windows of 17 s; p95 is told",
        ),
        (["50%"], {"duration_s": 2}, ""),
        ([1, 2], {"duration_s": 4000}, ""),
    ],
)
def test_the_plan_says_which_percentiles_its_windows_do_not_tell(tmp_path, rates, changes, line):
    config = default_config(users=[64], rates=rates, repeats=3, also=[], **changes)
    assert percentiles_line(config) == line
    described = make_plan(config, StudyPaths(tmp_path), KnownMachine()).describe(config)
    assert (f"percentile {line}" in described.splitlines()) == bool(line)


def test_of_many_rates_the_plan_tells_the_lowest():
    config = default_config(users=[], rates=[1, 2, 3, 4, 5], repeats=3, also=[], duration_s=2)
    assert percentiles_line(config).endswith(", and more at 2 higher rates")
