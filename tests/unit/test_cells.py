import json

import pandas as pd
import pytest
from servebench.analyse.cells import cells_table
from servebench.analyse.raw import read_trials
from servebench.analyse.trials import trials_table
from support.trials import make_trial


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
