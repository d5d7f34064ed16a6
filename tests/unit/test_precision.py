import math

import pytest
from servebench.analyse.precision import cell_intervals, contrast_intervals, pair_intervals
from servebench.analyse.statistics import log_interval, spread_of, standard_deviation
from servebench.report.sections.precision import precision
from support.trials import make_trial, study_data


def study(tmp_path, throughputs=(100.0, 130.0, 90.0), **changes):
    folder = tmp_path / "study"
    results = [make_trial(folder / "trials", "a", r, value) for r, value in enumerate(throughputs, start=1)]
    results += [make_trial(folder / "trials", "b", r, 100.0 + r / 10) for r in range(1, len(throughputs) + 1)]
    results += [make_trial(folder / "trials", "b", r, 50.0, load_point="rate-50", cpu=0.2) for r in (1, 2, 3)]
    return study_data(folder, results, **changes)


def test_primary_intervals_are_of_every_cell_and_of_every_pair_once(tmp_path):
    data = study(tmp_path)
    cells = cell_intervals(data.trials, 0.95)
    assert {(found.what, found.load_point, found.metric) for found in cells} == {
        ("a", "users-64", "throughput_rps"),
        ("b", "users-64", "throughput_rps"),
        ("b", "rate-50", "cpu_us_per_request"),
    }
    (pair,) = pair_intervals(data.trials, 0.95)
    assert (pair.what, pair.metric, pair.interval.n) == ("a / b", "throughput_rps", 3)
    (contrast,) = contrast_intervals(data.contrasts)
    assert contrast.interval.high == pytest.approx(pair.interval.high)


def test_the_spread_is_found_again_in_the_interval():
    values = [1.0, 1.2, 0.9, 1.1]
    for confidence in (0.95, 1 - 0.05 / 3):
        interval = log_interval(values, confidence)
        assert spread_of(interval, confidence) == pytest.approx(standard_deviation([math.log(v) for v in values]))
    assert spread_of(log_interval(values[:2])) is None


def test_a_width_that_was_wished_says_how_many_repeats_it_takes(tmp_path):
    text = precision(study(tmp_path))
    assert "| throughput of a | 3 | 105 [65.8, 169] | 10 |" in text
    assert "throughput of a / b" in text
    assert "throughput of b |" not in text
    assert "repeats for ±15 %" in text
    assert "Wished" not in text


def test_where_all_is_narrow_nothing_is_said(tmp_path):
    assert precision(study(tmp_path, (100.0, 101.0, 99.0))) == ""


def test_a_wished_precision_is_said_with_what_became_of_it(tmp_path):
    text = precision(study(tmp_path, (100.0, 101.0, 99.0), precision="5%"))
    assert "±5 % of every primary figure, in intervals of 98.3 %, looked for after 5, 15, 40 blocks; reached" in text
    wide = precision(study(tmp_path / "wide", precision="5%"))
    assert "; not reached after 3 blocks" in wide
    assert "repeats for ±5 %" in wide


def test_a_last_block_that_was_disturbed_is_a_block_at_which_was_looked(tmp_path):
    folder = tmp_path / "study"
    results = [make_trial(folder, "a", repeat, 100.0 + repeat / 10) for repeat in range(1, 5)]
    results.append(make_trial(folder, "a", 5, 100.5, parts={"generator": {"run_queue_share": 0.2}}))
    data = study_data(folder, results, precision="5%")
    assert list(data.trials["counts"]) == [True, True, True, True, False]
    assert "; reached after 5 blocks." in precision(data)


def test_a_figure_without_three_blocks_is_wide_and_tells_no_number(tmp_path):
    text = precision(study(tmp_path, (100.0, 101.0)))
    assert "| throughput of a | 2 | 100 | – |" in text
