import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.advice import advice_of
from servebench.analyse.flags import (
    CellFacts,
    coefficient_of_variation,
    flags_of,
    littles_law_residual,
    measured_trend,
    relative_trend,
)
from servebench.words import Advice

QUIET = CellFacts(
    generator_utilization=0.2,
    errors_total=0,
    error_rate=0.0,
    throughputs_rps=[100.0, 101.0, 99.0],
    interval_half_width=0.02,
    littles_law_residual=0.01,
    other_cores=0.02,
    steal_cores=0.0,
    load_before_per_cpu=0.9,
)

STANDING = {"littles_law_residual": 0.69, "users": 200}


def test_a_quiet_cell_has_no_flag():
    assert flags_of(QUIET) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"generator_utilization": 0.81}, "generator's own CPU was at 81%"),
        ({"errors_total": 5, "error_rate": 0.01}, "5 errors (1 % of the answers)"),
        ({"littles_law_residual": 0.06}, "Little's law is off by 6%: not all users"),
        ({**STANDING, "listen_queue": 139}, "139 of 200 users stood in the listener's queue"),
        ({**STANDING, "users_not_greeted": 61}, "61 of 200 users had no answer before the window"),
        ({"throughputs_rps": [100.0, 130.0, 70.0]}, "varies by 30%"),
        ({"interval_half_width": 0.2}, "±20% wide"),
        ({"other_cores": 0.5}, "other processes used up to 0.50 cores"),
        ({"load_before_per_cpu": 1.6}, "load average before the start was up to 1.6 a CPU"),
        ({"steal_cores": 0.2}, "hypervisor took up to 0.20 cores"),
        ({"throttled_share": 0.25}, "a quota of CPU held the server for up to 25 % of the window"),
        ({"reconnects": 1200}, "1,200 connections had to be made again"),
        ({"reconnects": 473, "requests": 475}, "473 connections had to be made again, one after each answer"),
        ({"memory_mib": (40.0, 90.4)}, "the server's own memory grew from 40 to 90 MiB inside the window"),
        ({"repeats": 5, "left_out": ["it waited"]}, "1 of 5 repeats was disturbed and left out: it waited"),
        ({"repeats": 5, "left_out": ["a", "b"]}, "2 of 5 repeats were disturbed and left out: a, b"),
        ({"made_again": ["it waited"]}, "1 window was made again: it waited"),
        ({"made_again": list("abcde")}, "5 windows were made again: a, b, c, and 2 more"),
    ],
)
def test_each_flag_is_raised_by_its_own_fact(changes, words):
    (flag,) = flags_of(dataclasses.replace(QUIET, **changes))
    assert words in flag
    assert advice_of(flag) is not None


@pytest.mark.parametrize("memory_mib", [(40.0, 55.0), (1000.0, 1090.0), (90.0, 40.0)])
def test_memory_that_hardly_grows_is_no_leak(memory_mib):
    assert flags_of(dataclasses.replace(QUIET, memory_mib=memory_mib)) == []


def test_what_is_unknown_raises_nothing():
    names = ["interval_half_width", "littles_law_residual", "other_cores", "steal_cores", "load_before_per_cpu"]
    unknown = dict.fromkeys(names)
    assert flags_of(dataclasses.replace(QUIET, **unknown)) == []


@given(st.integers(1, 1000), st.floats(1e-4, 0.1), st.floats(0, 0.1))
def test_littles_law_holds_for_a_perfect_loop(users, response_s, think_s):
    throughput = users / (response_s + think_s)
    assert littles_law_residual(users, throughput, response_s, think_s, 60.0) == pytest.approx(0.0, abs=1e-9)


def test_the_articles_figures_break_littles_law():
    # 200 users, 2,200 requests/s at 43 ms and no think time: half of the users are unaccounted for.
    assert littles_law_residual(200, 2200, 0.043, 0.0, 300.0) == pytest.approx(0.527, abs=0.001)


def test_a_short_window_says_nothing():
    assert littles_law_residual(10, 10, 1.0, 0.0, 5.0) is None


def test_variation_needs_two_values():
    assert coefficient_of_variation([1.0]) is None
    assert coefficient_of_variation([0.0, 0.0]) is None
    assert coefficient_of_variation([1.0, 3.0]) == pytest.approx(0.7071, abs=1e-4)


def test_a_line_through_the_seconds_gives_the_relative_trend():
    assert relative_trend([100, 100, 100]) == 0
    assert relative_trend([90, 100, 110]) == pytest.approx(0.2)
    assert relative_trend([100, 110]) is None
    assert relative_trend([0, 0, 0]) is None


@pytest.mark.parametrize(
    ("trends", "expected"),
    [([-0.2, -0.22, -0.18], -0.2), ([0.01, 0.011, 0.012], None), ([-0.3, 0.3, 0.2], None), ([-0.2, -0.2], None)],
)
def test_a_trend_counts_where_all_repeats_show_it(trends, expected):
    assert measured_trend(trends) == (pytest.approx(expected) if expected else None)


@pytest.mark.parametrize("trend", [-0.2, 0.2])
def test_a_trend_is_a_flag_with_advice(trend):
    (flag,) = flags_of(dataclasses.replace(QUIET, trends=[trend, trend * 1.01, trend * 0.99]))
    assert advice_of(flag) is Advice.WARM_UP


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"requests": 475}, Advice.KEEP_ALIVE),
        ({"requests": 475, "errors_total": 3, "error_rate": 0.0}, Advice.SERVER),
        ({"requests": 4_750}, Advice.SERVER),
        ({"requests": 0}, Advice.SERVER),
    ],
)
def test_a_server_that_closes_after_each_answer_has_nothing_failed_in_its_log(changes, advice):
    (flag,) = flags_of(dataclasses.replace(QUIET, reconnects=473, **changes))
    assert advice_of(flag) is advice


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("no steady state: the second half brought +21%", Advice.WARM_UP),
        ("the server waited for its CPU", Advice.QUIET),
    ],
)
def test_what_to_do_about_a_window_that_was_made_again_is_by_its_reason(reason, advice):
    (flag,) = flags_of(dataclasses.replace(QUIET, made_again=[reason]))
    assert advice_of(flag) is advice
