import json

import pandas as pd
import pytest
from servebench.analyse.cells import cells_table
from servebench.analyse.raw import read_trials
from servebench.analyse.trials import trials_table
from support.trials import UNTOLD, make_trial


def table(results):
    raw = read_trials(results)
    return cells_table(trials_table(raw), raw).set_index("system")


@pytest.fixture
def cells(tmp_path):
    results = [make_trial(tmp_path, "fast", r, 1000.0 * r, generator_cpu=0.99, cpu=0.2) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "slow", r, 100.0 * r, errors={"timeout": 3}) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "absent", r) for r in (1, 2, 3)]
    return table(results)


def test_cells_come_in_the_order_given_with_intervals_and_verdicts(cells):
    assert list(cells.index) == ["fast", "slow", "absent"]
    assert cells.loc["slow", "verdict"] == "capacity"
    assert cells.loc["fast", "verdict"] == "generator-bound"
    assert cells.loc["fast", "throughput_is_lower_bound"]
    assert pd.isna(cells.loc["absent", "verdict"])
    low, mid, high = (cells.loc["slow", f"throughput_rps{end}"] for end in ("_low", "", "_high"))
    assert low < mid < high


def test_figures_are_made_of_the_repeats_as_the_catalogue_says(cells):
    assert cells.loc["slow", "errors_total"] == 9
    assert cells.loc["slow", "requests"] == 1800
    assert cells.loc["slow", "error_rate"] == pytest.approx(9 / 1809)
    assert cells.loc["fast", "generator_cpu_utilization_peak"] == 0.99
    assert cells.loc["fast", "threads_peak"] == 1
    assert cells.loc["absent", ["requests", "threads_peak", "ready_s", "latency_p50_merged_ms"]].isna().all()


def test_a_percentile_needs_a_hundred_requests_beyond_it(cells):
    # slow has 1,800 requests: 180 beyond p90, 18 beyond p99; fast has 18,000: 180 beyond p99, 18 beyond p99.9.
    assert pd.notna(cells.loc["slow", "latency_p90_ms"])
    assert pd.isna(cells.loc["slow", "latency_p99_ms"])
    assert pd.notna(cells.loc["fast", "latency_p99_ms"])
    assert pd.isna(cells.loc["fast", "latency_p99_9_ms"])


def test_an_open_loop_says_what_waited_and_is_judged_by_it(tmp_path):
    results = [make_trial(tmp_path, "a", r, 300.0, load_point="rate-300", cpu=0.3) for r in (1, 2, 3)]
    cell = table(results).loc["a"]
    assert (cell["rate_rps"], cell["waited_share"], cell["send_delay_p99_ms"]) == (300, 0, 0.1)
    assert cell["verdict"] == "below capacity"


def test_a_trial_in_which_the_server_died_is_counted_and_stays_out_of_the_figures(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0 * r) for r in (1, 2)]
    record = json.loads(results[1].read_text())
    results[1].write_text(json.dumps({**record, "outcome": "server died", "reason": "it was killed"}))
    cell = table(results).loc["a"]
    assert (cell["repeats"], cell["trials_died"]) == (1, 1)
    assert cell["throughput_rps"] == pytest.approx(100.0)
    assert cell["reason"] == "it was killed"


QUEUE = {"server": {"listen_queue_first": 44, "listen_queue_last": 44}}
WAITED = {"generator": {"run_queue_share": 0.2}}


def make_cell(folder, throughputs, disturbed=(), **changes):
    return [
        make_trial(folder, "a", r, value, parts=WAITED if r in disturbed else None, **changes)
        for r, value in enumerate(throughputs, start=1)
    ]


def test_a_cell_is_judged_by_the_majority_of_its_repeats_not_by_their_mean(tmp_path):
    results = [
        make_trial(tmp_path, system, repeat, 1000.0, cpu=last if repeat == 5 else cpu, parts=UNTOLD)
        for system, cpu, last in (("odd", 0.99, 0.8), ("even", 0.96, 0.9))
        for repeat in range(1, 6)
    ]
    cells = table(results)
    assert list(cells["verdict"]) == ["capacity", "capacity"]
    assert cells.loc["odd", "verdict_reason"].startswith("capacity in 4 of 5 repeats: ")


def test_a_disturbed_repeat_stays_out_of_the_figures_and_is_said(tmp_path):
    cell = table(make_cell(tmp_path, [1000.0, 1000.0, 1000.0, 500.0], disturbed=[4])).loc["a"]
    assert (cell["verdict"], cell["repeats"], cell["repeats_left_out"]) == ("capacity", 4, 1)
    assert cell["throughput_rps"] == pytest.approx(1000.0)
    assert cell["requests"] == 9000
    assert "1 of 4 repeats was disturbed and left out: the generator waited for its CPU for 20.0%" in cell["flags"]


def test_where_too_few_are_left_the_cell_is_disturbed_and_its_figures_are_of_all(tmp_path):
    cell = table(make_cell(tmp_path, [1000.0, 1000.0, 500.0], disturbed=[3])).loc["a"]
    assert (cell["verdict"], cell["repeats"], cell["repeats_left_out"]) == ("disturbed", 3, 0)
    assert cell["requests"] == 7500
    assert cell["throughput_is_lower_bound"]


def test_windows_that_were_made_again_are_counted_and_said(tmp_path):
    first = make_trial(tmp_path / "first", "a", 1, 900.0)
    record = json.loads(first.read_text())
    attempt = {"reason": "no steady state", **{n: record[n] for n in ("started_unix_s", "load", "server", "generator")}}
    results = [make_trial(tmp_path, "a", r, 1000.0, attempts=[attempt] * 2 if r == 1 else []) for r in (1, 2, 3)]
    cell = table(results).loc["a"]
    assert cell["attempts"] == 5
    assert "2 windows were made again: no steady state" in cell["flags"]


@pytest.mark.parametrize(("meter", "is_said"), [(0.3, False), (0.1, True), (None, True)])
def test_other_processes_are_told_without_the_harness(tmp_path, meter, is_said):
    results = make_cell(tmp_path, [1000.0] * 3, other_cores=0.4, meter_cpu_cores=meter)
    assert ("other processes used" in str(table(results).loc["a", "flags"])) == is_said


def test_a_quota_and_new_connections_are_flags(tmp_path):
    parts = {"server": {"throttled_share": 0.1}, "load": {"reconnects": 4}}
    flags = table([make_trial(tmp_path, "a", r, 1000.0, parts=parts) for r in (1, 2, 3)]).loc["a", "flags"]
    assert "a quota of CPU held the server for up to 10 % of the window" in flags
    assert "12 connections had to be made again" in flags


def test_no_percentile_is_told_where_not_all_users_were_served(tmp_path):
    # 64 users at 1,000 requests/s are 64 ms; in trials of 20 ms 44 of them stood somewhere else.
    served = [1000.0] * 3
    results = make_cell(tmp_path / "all", served, latency_ms=64.0)
    results += [make_trial(tmp_path / "few", "b", r, 1000.0, latency_ms=20.0, parts=QUEUE) for r in (1, 2, 3)]
    cells = table(results)
    assert cells.loc["a", ["latency_p50_ms", "latency_p50_merged_ms"]].notna().all()
    assert cells.loc["b", ["latency_p50_ms", "latency_p50_ms_low", "latency_p50_merged_ms"]].isna().all()
    assert "44 of 64 users stood in the listener's queue" in cells.loc["b", "flags"]
    assert "Little" not in str(cells.loc["a", "flags"])


def series(*slowest_ms):
    return [(1000, 0, value) for value in slowest_ms]


@pytest.mark.parametrize(
    ("seconds", "is_told"),
    [(series(0.5, 5.0, 5.0), True), (series(0.5, 0.5, 5.0), False), (series("", 5.0, 5.0), True), ([], True)],
    ids=["six seconds", "three seconds", "a second without answers", "not told"],
)
def test_what_lies_beyond_a_percentile_lies_in_five_different_seconds(tmp_path, seconds, is_told):
    results = [make_trial(tmp_path, "a", r, 1000.0, load_point="rate-1000", series=seconds) for r in (1, 2, 3)]
    assert table(results).loc["a", ["latency_p95_ms", "latency_p95_merged_ms"]].notna().all() == is_told


def test_a_percentile_is_a_bound_from_where_one_repeat_says_so(tmp_path):
    bounds = {1: None, 2: 99.9, 3: 99.0}
    results = [
        make_trial(tmp_path, "a", r, 1e3, parts={"load": {"bound_from_percentile": b}}) for r, b in bounds.items()
    ]
    results += [make_trial(tmp_path, "b", r, 1000.0) for r in (1, 2, 3)]
    cells = table(results)
    assert cells.loc["a", "bound_from_percentile"] == 99.0
    assert pd.isna(cells.loc["b", "bound_from_percentile"])


def test_requests_without_an_answer_count_in_the_merged_percentiles(tmp_path):
    # Of 4,000 requests of each repeat 1,000 had no answer after 50 ms, and all answers came within 1 ms.
    parts = {"load": {"unanswered_ages_ms": [(50.0, 1000)]}}
    results = [make_trial(tmp_path, "a", r, 1000.0, load_point="rate-1333", parts=parts) for r in (1, 2, 3)]
    cell = table(results).loc["a"]
    assert cell["bound_from_percentile"] == pytest.approx(75.0)
    assert cell["latency_p50_merged_ms"] == pytest.approx(1.0, rel=0.001)
    assert cell["latency_p90_merged_ms"] == pytest.approx(50.0, rel=0.001)
