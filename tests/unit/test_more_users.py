"""A server that is its own limit although its CPUs were idle: by what twice the users bring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.cells import cells_table
from servebench.analyse.raw import read_trials
from servebench.analyse.statistics import Interval
from servebench.analyse.trials import trials_table
from servebench.analyse.verdicts import MoreUsersEvidence, Verdict, more_users_verdict
from servebench.words import VerdictWord
from support.trials import UNTOLD, make_trial

IDLE = {"cpu_mean_cores": 0.5, "cpus_idle_share": 0.45, "busiest_thread_cores": 0.5}
QUIET = {"run_queue_share": 0.001, "gap_share": 0.0}


def series_of(folder, throughputs, system="a", repeats=3, server=None, generator=None, **changes):
    """Cells of one system: throughput by users, all repeats alike but for 0.1 %."""
    parts = {"server": {**IDLE, **(server or {})}, "generator": {**QUIET, **(generator or {})}}
    return [
        make_trial(folder, system, r, value * (1 + r / 1000), load_point=f"users-{users}", parts=parts, **changes)
        for users, value in throughputs.items()
        for r in range(1, repeats + 1)
    ]


def judged(results):
    raw = read_trials(results)
    cells = cells_table(trials_table(raw), raw)
    return {(row["system"], row["users"]): row for _, row in cells.iterrows()}


def test_a_flat_curve_with_idle_cpus_is_the_servers_limit(tmp_path):
    cells = judged(series_of(tmp_path, {64: 1000.0, 128: 1010.0}))
    first, last = cells["a", 64], cells["a", 128]
    assert (first["verdict"], first["throughput_is_lower_bound"]) == ("server-limited", False)
    assert "128 users bring +1.0% [+1.0%, +1.0%], limited by something that is not CPU" in first["verdict_reason"]
    assert (last["verdict"], last["throughput_is_lower_bound"]) == ("inconclusive", True)
    assert "measure twice the users to see whether the server is the limit" in last["verdict_reason"]


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ({"busiest_thread_cores": 0.97}, "one hot thread (at 0.97 cores)"),
        ({"busiest_thread_cores": 0.3, "voluntary_switches_per_s": 9000.0}, "a lock or I/O"),
        ({"busiest_thread_cores": 0.3, "voluntary_switches_per_s": 900.0}, "something that is not CPU"),
    ],
)
def test_its_threads_tell_what_limits_it(tmp_path, server, words):
    assert words in judged(series_of(tmp_path, {64: 1000.0, 128: 1000.0}, server=server))["a", 64]["verdict_reason"]


@pytest.mark.parametrize(
    "throughputs", [{64: 1000.0, 128: 1100.0}, {64: 1000.0, 127: 1000.0}], ids=["more answers", "too few more users"]
)
def test_users_may_be_the_limit_where_more_of_them_bring_more(tmp_path, throughputs):
    assert judged(series_of(tmp_path, throughputs))["a", 64]["verdict"] == "inconclusive"


def test_the_nearest_cell_with_twice_the_users_decides(tmp_path):
    reason = judged(series_of(tmp_path, {64: 1000.0, 512: 900.0, 256: 1005.0}))["a", 64]["verdict_reason"]
    assert "256 users bring +0.5%" in reason


@pytest.mark.parametrize(
    "changes",
    [
        {"generator": {"run_queue_share": 0.02}},
        {"generator_cpu": 0.99},
        {"errors": {"status_500": 100}},
        {"generator": {"run_queue_share": None}},
        {"repeats": 2},
        {"system": "b"},
        {"campaign": "another"},
    ],
    ids=["it waited", "generator-bound", "errors", "unknown", "few repeats", "another system", "other blocks"],
)
def test_a_cell_that_may_be_limited_by_something_else_decides_nothing(tmp_path, changes):
    results = series_of(tmp_path, {64: 1000.0}) + series_of(tmp_path, {128: 1000.0}, **changes)
    assert judged(results)["a", 64]["verdict"] == "inconclusive"


def test_a_saturated_server_tells_of_one_that_was_not(tmp_path):
    full = {"cpu_mean_cores": 0.99, "cpus_idle_share": 0.01}
    results = series_of(tmp_path, {64: 1000.0}) + series_of(tmp_path, {128: 1000.0}, server=full)
    assert judged(results)["a", 64]["verdict"] == "server-limited"
    assert judged(results)["a", 128]["verdict"] == "capacity"


def test_old_trials_are_judged_as_before(tmp_path):
    results = [
        make_trial(tmp_path, "a", r, 1000.0, cpu=0.5, load_point=f"users-{users}", parts=UNTOLD)
        for users in (64, 128)
        for r in (1, 2, 3)
    ]
    reason = judged(results)["a", 64]["verdict_reason"]
    assert reason == "server at 50%, generator at 30%: idle time unexplained"


UNEXPLAINED = Verdict(VerdictWord.INCONCLUSIVE, "server at 50%: idle time unexplained", True, is_idle_unexplained=True)


@given(st.floats(0.5, 2.0), st.floats(0.0, 0.5), st.sampled_from(list(VerdictWord)))
def test_only_idle_time_and_a_whole_interval_below_the_threshold_make_it_a_capacity(estimate, half, word):
    evidence = MoreUsersEvidence(128, Interval(estimate, estimate - half, estimate + half, 5), None, None)
    found = more_users_verdict(UNEXPLAINED, evidence)
    assert (found.word is VerdictWord.SERVER_LIMITED) == (estimate + half < 1.03)
    assert found.is_lower_bound == (found.word is VerdictWord.INCONCLUSIVE)
    explained = Verdict(word, "why")
    assert more_users_verdict(explained, evidence) == explained


def test_more_users_with_other_rows_a_request_tell_nothing(tmp_path):
    results = series_of(tmp_path, {64: 1000.0, "128-rows-16": 1010.0})
    raw = read_trials(results)
    verdicts = cells_table(trials_table(raw), raw).set_index("load_point")["verdict"]
    assert verdicts["users-64"] == "inconclusive"
    cells = judged(series_of(tmp_path / "same", {"64-rows-16": 1000.0, "128-rows-16": 1010.0}))
    assert cells["a", 64]["verdict"] == "server-limited"


ENDPOINT = {"system": {"url": "http://127.0.0.1:9000"}}
NOT_METERED = dict.fromkeys(
    ["cpus", "parallelism", "cpu_mean_cores", "cpus_idle_share", "busiest_thread_cores", "voluntary_switches_per_s"]
)


@pytest.mark.parametrize(
    ("most", "word", "words"),
    [
        (1005.0, "server-limited", "128 users bring +0.5% [+0.5%, +0.5%], limited by what is not metered"),
        (1500.0, "inconclusive", "server not metered, generator at 30%: 128 users bring +50.0%"),
    ],
)
def test_without_a_meter_only_more_users_show_a_capacity(tmp_path, most, word, words):
    parts = {"settings": ENDPOINT, "server": NOT_METERED, "generator": QUIET}
    results = [
        make_trial(tmp_path, "a", r, value * (1 + r / 1000), load_point=f"users-{users}", parts=parts)
        for users, value in {64: 1000.0, 128: most}.items()
        for r in (1, 2, 3)
    ]
    cell = judged(results)["a", 64]
    assert (cell["verdict"], cell["throughput_is_lower_bound"]) == (word, word == "inconclusive")
    assert words in cell["verdict_reason"]
    # Missing is empty.
    assert cell[["inference", "server_cpus", "usable_cpus", "cpu_mean_cores", "server_cpu_utilization"]].isna().all()
    assert cell["server"] == "http://127.0.0.1:9000"
