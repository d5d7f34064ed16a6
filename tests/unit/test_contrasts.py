import pandas as pd
import pytest
from servebench.analyse.contrasts import contrasts_table, find_contrast, why_no_ratio
from servebench.analyse.tables import read_table, write_tables
from servebench.words import ContrastWord
from support.trials import make_trial

POINT = ("m", "locust", "users-64")


def table(tmp_path, results):
    write_tables(results, tmp_path / "tables")
    return read_table(tmp_path / "tables", "contrasts")


def trials_of(tmp_path, system, throughput, point="users-64", **changes):
    return [make_trial(tmp_path, system, r, throughput * r, load_point=point, **changes) for r in (1, 2, 3)]


def test_contrasts_pair_blocks(tmp_path):
    found = table(tmp_path, trials_of(tmp_path, "fast", 1000.0) + trials_of(tmp_path, "slow", 100.0))
    row = found[found["metric"] == "throughput_rps"].iloc[0]
    assert (row["numerator"], row["denominator"], row["blocks"]) == ("fast", "slow", 3)
    assert row["ratio"] == pytest.approx(10.0)
    # The block effect (1 : 2 : 3) cancels: the ratio is the same in every block.
    assert row["ratio_low"] == pytest.approx(10.0)
    assert (row["verdict"], row["verdict_reason"]) == ("different", "the interval excludes 1")


@pytest.mark.parametrize(("limited", "word"), [("fast", ContrastWord.LOWER_BOUND), ("slow", ContrastWord.UPPER_BOUND)])
def test_a_limit_of_the_generator_bounds_the_ratio(tmp_path, limited, word):
    bound = {"cpu": 0.2, "generator_cpu": 0.99}
    results = [
        *trials_of(tmp_path, "fast", 1000.0, **(bound if limited == "fast" else {})),
        *trials_of(tmp_path, "slow", 100.0, **(bound if limited == "slow" else {})),
    ]
    found = table(tmp_path, results)
    assert found[found["metric"] == "throughput_rps"].iloc[0]["verdict"] == word
    contrast = find_contrast(found, "throughput_rps", "slow", "fast", POINT)
    assert contrast.ratio.estimate == pytest.approx(0.1)
    turned = {ContrastWord.LOWER_BOUND: ContrastWord.UPPER_BOUND, ContrastWord.UPPER_BOUND: ContrastWord.LOWER_BOUND}
    assert contrast.verdict.word is turned[word]


def test_another_campaign_is_not_contrasted(tmp_path):
    results = trials_of(tmp_path, "a", 100.0, campaign="one") + trials_of(tmp_path, "b", 100.0, campaign="two")
    row = table(tmp_path, results).iloc[0]
    assert row["blocks"] == 0
    assert pd.isna(row["ratio"])
    assert (row["verdict"], row["verdict_reason"]) == ("inconclusive", "other campaign")


def test_further_repeats_bring_a_later_system_beside_the_others(tmp_path):
    results = [make_trial(tmp_path, "a", r, 100.0, campaign="one" if r < 4 else "three") for r in range(1, 7)]
    results += [make_trial(tmp_path, "b", r, 100.0, campaign="two" if r < 4 else "three") for r in range(1, 7)]
    row = table(tmp_path, results).iloc[0]
    assert row["blocks"] == 3
    assert pd.isna(row["reason"])


def test_latencies_at_a_rate_too_near_to_the_capacity_are_not_told_apart(tmp_path):
    held = {"cpu": 0.3}
    results = trials_of(tmp_path, "a", 100.0) + trials_of(tmp_path, "b", 1000.0)
    # Both hold the rate, of which a's capacity (its largest: 182) is less than ten sevenths.
    results += [make_trial(tmp_path, name, r, 150.0, load_point="rate-150", **held) for name in "ab" for r in (1, 2, 3)]
    found = table(tmp_path, results)
    at_rate = found[found["load_point"] == "rate-150"].set_index("metric")
    assert at_rate.loc["latency_p50_ms", "verdict_reason"] == "above 70 % of a's capacity"
    assert "capacity" not in at_rate.loc["cpu_us_per_request", "verdict_reason"]


def test_a_figure_that_a_system_does_not_tell_is_not_blamed_on_the_campaign():
    assert why_no_ratio(3, 0) == "not measured"
    assert why_no_ratio(0, 0) == "other campaign"
    assert why_no_ratio(3, 3) is None


def test_without_a_ratio_there_is_no_contrast(tmp_path):
    found = table(tmp_path, trials_of(tmp_path, "a", 100.0))
    assert found.empty
    assert find_contrast(found, "throughput_rps", "a", "b", POINT) is None
    assert contrasts_table(read_table(tmp_path / "tables", "trials"), read_table(tmp_path / "tables", "cells")).empty
