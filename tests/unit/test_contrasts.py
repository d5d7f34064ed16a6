import pandas as pd
import pytest
from servebench.analyse.contrasts import claimed, contrasts_table, find_contrast, why_no_ratio
from servebench.analyse.criteria import Criteria
from servebench.analyse.tables import read_table, write_tables
from servebench.hashes import forget_hashes
from servebench.report.data import load_study
from servebench.report.sections.contrasts import contrasts
from servebench.words import ContrastWord
from support.trials import make_trial, study_data

POINT = ("m", "locust", "users-64")


def table(tmp_path, results, *arguments):
    write_tables(results, tmp_path / "tables", *arguments)
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
    assert (row["verdict"], row["verdict_reason"]) == ("different", "the interval lies more than 5 % from 1")


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
    assert (row["verdict"], row["verdict_reason"]) == ("undecided", "other campaign")


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


def two_campaigns(tmp_path, ratios):
    """Blocks 1 to 4 of the first and 5 to 8 of the second campaign, in each a over b near its ratio."""
    results = []
    for repeat in range(1, 9):
        campaign, ratio = ("one", ratios[0]) if repeat < 5 else ("two", ratios[1])
        noise = 1.01 if repeat % 2 else 0.99
        results.append(make_trial(tmp_path, "a", repeat, 100.0 * ratio * noise, campaign=campaign))
        results.append(make_trial(tmp_path, "b", repeat, 100.0, campaign=campaign))
    return results


def test_blocks_of_campaigns_that_agree_are_pooled_and_shown_apart(tmp_path):
    found = table(tmp_path, two_campaigns(tmp_path, (2.0, 2.0)))
    rows = found[found["metric"] == "throughput_rps"].set_index("campaign")
    assert list(rows["blocks"]) == [4, 4, 8]
    assert list(rows["is_claimed"]) == [False, False, True]
    assert rows.index[-1] == "all"
    assert find_contrast(found, "throughput_rps", "a", "b", POINT).ratio.n == 8
    assert not claimed(found).duplicated(["numerator", "denominator", "load_point", "metric"]).any()


def test_of_campaigns_that_differ_the_latest_is_claimed_alone(tmp_path):
    found = table(tmp_path, two_campaigns(tmp_path, (2.0, 3.0)))
    rows = found[found["metric"] == "throughput_rps"].set_index("campaign")
    assert list(rows.index) == ["one", "two"]
    assert list(rows["is_claimed"]) == [False, True]
    assert rows.loc["two", "verdict_reason"].endswith("; the campaigns differ: of this one alone")
    assert find_contrast(found, "throughput_rps", "a", "b", POINT).ratio.estimate == pytest.approx(3.0, rel=0.01)


def test_a_pair_has_one_primary_figure_that_follows_from_the_loads(tmp_path):
    results = [t for name in "ab" for t in trials_of(tmp_path, name, 100.0, "users-64")]
    results += [t for name in "abc" for t in trials_of(tmp_path, name, 100.0, "users-8")]
    results += [t for name in "abcd" for t in trials_of(tmp_path, name, 50.0, "rate-50", cpu=0.2)]
    found = table(tmp_path, results)
    primary = found[found["is_primary"]].set_index(["numerator", "denominator"])
    assert len(primary) == 6
    assert tuple(primary.loc[("a", "b"), ["load_point", "metric"]]) == ("users-64", "throughput_rps")
    assert tuple(primary.loc[("b", "c"), ["load_point", "metric"]]) == ("users-8", "throughput_rps")
    assert tuple(primary.loc[("a", "d"), ["load_point", "metric"]]) == ("rate-50", "cpu_us_per_request")
    assert found.loc[~found["is_primary"], "p_holm"].isna().all()


def test_holm_takes_from_a_pair_what_many_pairs_find_by_chance(tmp_path):
    def noisy(name, factors):
        return [make_trial(tmp_path, name, r, 100.0 * factor) for r, factor in enumerate(factors, start=1)]

    results = noisy("a", (1.0, 1.0, 1.0)) + noisy("b", (1.16, 1.2, 1.26))
    alone = table(tmp_path, results)
    assert alone[alone["is_primary"]].iloc[0]["verdict"] == "different"
    results += [t for index, name in enumerate("cde") for t in noisy(name, (0.8 + index, 1.7, 1.1))]
    among = table(tmp_path, results)
    row = among[among["is_primary"] & (among["numerator"] == "a") & (among["denominator"] == "b")].iloc[0]
    assert row["p_value"] < 0.05 < row["p_holm"]
    assert row["verdict"] == "undecided"
    assert row["verdict_reason"].startswith("not sure enough for one of 10 pairs (p = ")
    assert row["verdict_reason"].endswith(" by Holm)")


def test_a_figure_that_does_not_compare_is_no_member_of_the_family(tmp_path):
    results = [t for name in "ab" for t in trials_of(tmp_path, name, 100.0)]
    results += trials_of(tmp_path, "c", 100.0, cpu=0.2, generator_cpu=0.99)
    found = table(tmp_path, results)
    primary = found[found["is_primary"]].set_index(["numerator", "denominator"])
    assert pd.isna(primary.loc[("a", "c"), "p_holm"])
    assert primary.loc[("a", "b"), "p_holm"] == primary.loc[("a", "b"), "p_value"]


def test_a_percentile_is_judged_against_its_generators_resolution(tmp_path):
    held = {"load_point": "rate-150", "cpu": 0.3}
    results = [make_trial(tmp_path, name, r, 150.0, **held) for name in "ab" for r in (1, 2, 3)]

    def word(resolutions):
        found = table(tmp_path, results, Criteria(), resolutions)
        return found[found["metric"] == "latency_p95_ms"].iloc[0]["verdict"]

    # Both are at 1 ms.
    assert word({}) == word({"native": {99.0: 0.2}}) == word({"locust": {50.0: 0.2}}) == "the same"
    assert word({"locust": {50.0: 0.01, 99.0: 0.2}}) == "undecided"


def test_a_figure_that_a_system_does_not_tell_is_not_blamed_on_the_campaign():
    assert why_no_ratio(3, 0) == "not measured"
    assert why_no_ratio(0, 0) == "other campaign"
    assert why_no_ratio(3, 3) is None


def test_without_a_ratio_there_is_no_contrast(tmp_path):
    found = table(tmp_path, trials_of(tmp_path, "a", 100.0))
    assert found.empty
    assert find_contrast(found, "throughput_rps", "a", "b", POINT) is None
    assert contrasts_table(read_table(tmp_path / "tables", "trials"), read_table(tmp_path / "tables", "cells")).empty


def test_a_table_of_before_is_claimed_and_shown(tmp_path):
    folder = tmp_path / "study"
    results = [make_trial(folder / "trials", name, r, 100.0 * r) for name in "ab" for r in (1, 2, 3)]
    data = study_data(folder, results)
    added = ["campaign", "is_claimed", "is_primary", "p_value", "p_holm"]
    old = data.contrasts.drop(columns=added).assign(verdict="inconclusive")
    old.to_parquet(data.paths.tables / "contrasts.parquet", index=False)
    forget_hashes(data.paths.tables)
    read = load_study(data.paths)
    assert len(claimed(read.contrasts)) == len(old)
    assert find_contrast(read.contrasts, "throughput_rps", "a", "b", POINT).verdict.word is ContrastWord.UNDECIDED
    assert "| undecided: " in contrasts(read)


def test_a_capacity_is_one_of_as_many_rows_a_request(tmp_path):
    """Of requests with 16 rows a server answers fewer: its capacity with one row says nothing of a rate of them."""
    rate = {"load_point": "rate-150-rows-16", "cpu": 0.3}
    results = [t for name in "ab" for t in trials_of(tmp_path, name, 1000.0)]
    results += trials_of(tmp_path, "a", 60.0, "users-64-rows-16") + trials_of(tmp_path, "b", 900.0, "users-64-rows-16")
    results += [make_trial(tmp_path, name, r, 150.0, **rate) for name in "ab" for r in (1, 2, 3)]
    found = table(tmp_path, results).set_index(["load_point", "metric"])
    assert found.loc[("rate-150-rows-16", "latency_p50_ms"), "verdict_reason"] == "above 70 % of a's capacity"


def test_of_several_numbers_of_rows_the_least_has_the_primary_figure(tmp_path):
    points = ["users-64-rows-16", "users-64-rows-2", "users-8"]
    results = [t for point in points for name in "ab" for t in trials_of(tmp_path, name, 100.0, point)]
    found = table(tmp_path, results)
    assert set(found.loc[found["is_primary"], "load_point"]) == {"users-64-rows-2"}
