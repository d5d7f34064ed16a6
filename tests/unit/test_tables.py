import pandas as pd
import pytest
from servebench.analyse.schema import load_schema, violations
from servebench.analyse.tables import _why_no_ratio, read_table, write_tables
from servebench.report.summary import contrast_verdict
from support.trials import make_trial


@pytest.fixture
def tables(tmp_path):
    results = [make_trial(tmp_path, "fast", r, 1000.0 * r, generator_cpu=0.99, cpu=0.2) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "slow", r, 100.0 * r, errors={"timeout": 3}) for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "absent", r) for r in (1, 2, 3)]
    write_tables(results, tmp_path / "tables")
    return tmp_path / "tables"


@pytest.mark.parametrize("name", ["trials", "cells", "contrasts"])
def test_tables_keep_their_schemas(tables, name):
    assert violations(read_table(tables, name), load_schema(name)) == []
    columns = [column.name for column in load_schema(name).columns]
    assert list(pd.read_csv(tables / f"{name}.csv").columns) == columns


def test_a_broken_table_is_seen():
    schema = load_schema("contrasts")
    assert violations(pd.DataFrame({"model": ["m"]}), schema)


def test_what_was_not_measured_is_empty_never_zero(tables):
    trials = pd.read_csv(tables / "trials.csv")
    absent = trials[trials["system"] == "absent"]
    numbers = ["throughput_rps", "requests", "errors_total", "latency_p50_ms", "cpu_mean_cores", "order"]
    assert absent[numbers].isna().all().all()
    assert (absent["reason"] == "no compiler").all()


def test_cells_come_in_the_order_given_with_intervals_and_verdicts(tables):
    cells = read_table(tables, "cells").set_index("system")
    assert list(cells.index) == ["fast", "slow", "absent"]
    assert cells.loc["slow", "verdict"] == "capacity"
    assert cells.loc["fast", "verdict"] == "generator-bound"
    assert cells.loc["fast", "throughput_is_lower_bound"]
    assert pd.isna(cells.loc["absent", "verdict"])
    low, mid, high = (cells.loc["slow", f"throughput_rps{end}"] for end in ("_low", "", "_high"))
    assert low < mid < high
    assert cells.loc["slow", "errors_total"] == 9


def test_a_percentile_needs_a_hundred_requests_beyond_it(tables):
    cells = read_table(tables, "cells").set_index("system")
    # slow has 1,800 requests: 180 beyond p90, 18 beyond p99; fast has 18,000: 180 beyond p99, 18 beyond p99.9.
    assert pd.notna(cells.loc["slow", "latency_p90_ms"])
    assert pd.isna(cells.loc["slow", "latency_p99_ms"])
    assert pd.notna(cells.loc["fast", "latency_p99_ms"])
    assert pd.isna(cells.loc["fast", "latency_p99_9_ms"])


def test_contrasts_pair_blocks(tables):
    contrasts = read_table(tables, "contrasts")
    row = contrasts[(contrasts["metric"] == "throughput_rps")].iloc[0]
    assert (row["numerator"], row["denominator"], row["blocks"]) == ("fast", "slow", 3)
    assert row["ratio"] == pytest.approx(10.0)
    # The block effect (1 : 2 : 3) cancels: the ratio is the same in every block.
    assert row["ratio_low"] == pytest.approx(10.0)


def test_another_campaign_is_not_contrasted(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0, campaign="one") for r in (1, 2, 3)]
    results += [make_trial(tmp_path, "b", r, 100.0, campaign="two") for r in (1, 2, 3)]
    write_tables(results, tmp_path / "tables")
    row = read_table(tmp_path / "tables", "contrasts").iloc[0]
    assert row["blocks"] == 0
    assert pd.isna(row["ratio"])
    assert contrast_verdict(row, ["capacity", "capacity"]) == "inconclusive: other campaign"


def test_further_repeats_bring_a_later_system_beside_the_others(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0, campaign="one" if r < 4 else "three") for r in range(1, 7)]
    results += [make_trial(tmp_path, "b", r, 100.0, campaign="two" if r < 4 else "three") for r in range(1, 7)]
    write_tables(results, tmp_path / "tables")
    row = read_table(tmp_path / "tables", "contrasts").iloc[0]
    assert row["blocks"] == 3
    assert pd.isna(row["reason"])


def test_a_figure_that_a_system_does_not_tell_is_not_blamed_on_the_campaign():
    assert _why_no_ratio(3, 0) == "inconclusive: not measured"
    assert _why_no_ratio(0, 0) == "inconclusive: other campaign"
    assert _why_no_ratio(3, 3) is None


@pytest.mark.parametrize(
    ("low", "high", "pair", "words"),
    [
        (1.5, 2.5, ["capacity", "capacity"], "different"),
        (0.9, 1.1, ["capacity", "capacity"], "the interval holds 1"),
        (1.5, 2.5, ["generator-bound", "capacity"], "a lower bound"),
        (1.5, 2.5, ["capacity", "generator-bound"], "an upper bound"),
        (1.5, 2.5, ["generator-bound", "generator-bound"], "not both are capacities"),
        (None, None, ["capacity", "capacity"], "fewer than 3 blocks"),
    ],
)
def test_what_may_be_claimed_of_a_ratio(low, high, pair, words):
    row = {"ratio": 2.0, "ratio_low": low, "ratio_high": high, "metric": "throughput_rps", "reason": None}
    assert words in contrast_verdict(row, pair)
