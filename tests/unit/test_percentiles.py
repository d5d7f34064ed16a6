"""Percentiles where some requests had no answer."""

import random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servebench.histogram import HIGHEST_NS, highest_equivalent_ns, histogram_of, pairs_of, percentiles_ms, quantize_ns
from servebench.percentiles import ages_ms_of, estimate, merged

WANTED = (1.0, 50.0, 90.0, 95.0, 99.0, 99.9)
values = st.lists(st.integers(1, HIGHEST_NS), min_size=1, max_size=200)
ages = st.lists(st.integers(1, HIGHEST_NS), max_size=50)


def pairs(numbers):
    return [(number, 1) for number in numbers]


@given(st.integers(1, HIGHEST_NS))
def test_the_highest_of_a_bucket_is_the_librarys(value):
    assert highest_equivalent_ns(value) == histogram_of([]).get_highest_equivalent_value(value)


@given(values)
def test_with_all_answered_it_is_the_histograms_percentile(latencies):
    histogram = histogram_of((quantize_ns(value), 1) for value in latencies)
    found = estimate(pairs_of(histogram), [], WANTED, max(latencies))
    assert list(found.values_ms) == percentiles_ms(histogram, WANTED, max(latencies))
    assert (found.max_ms, found.bound_from) == (max(latencies) / 1e6, None)
    assert merged([(histogram, [])], WANTED).values_ms == tuple(percentiles_ms(histogram, WANTED))


@given(values, ages)
@example(latencies=[2, 3], unanswered=[1, 1, 1, 1, 3])
def test_percentiles_rise_and_unanswered_requests_lower_no_estimate(latencies, unanswered):
    found = estimate(pairs(latencies), pairs(unanswered), WANTED, max(latencies))
    plain = estimate(pairs(latencies), [], WANTED, max(latencies))
    buckets = [quantize_ns(round(value * 1e6)) for value in found.values_ms]
    assert buckets == sorted(buckets)
    for percentile, value, without in zip(WANTED, found.values_ms, plain.values_ms, strict=True):
        assert found.is_bound(percentile) or value >= without
    assert found.max_ms == max(latencies + [quantize_ns(age) for age in unanswered]) / 1e6


@given(values, ages)
def test_it_is_the_product_limit_of_the_textbook(latencies, unanswered):
    survival, curve = 1.0, []
    for value in sorted({quantize_ns(latency) for latency in latencies}):
        deaths = sum(quantize_ns(latency) == value for latency in latencies)
        at_risk = sum(quantize_ns(number) >= value for number in latencies + unanswered)
        survival *= 1 - deaths / at_risk
        curve.append((value, survival))
    for percentile in (13.7, 49.3, 77.1, 98.9):
        found = estimate(pairs(latencies), pairs(unanswered), [percentile], None)
        reached = [value for value, left in curve if left <= 1 - percentile / 100 + 1e-9]
        if not found.is_bound(percentile):
            assert found.values_ms == (highest_equivalent_ns(reached[0]) / 1e6,)
        assert found.is_bound(percentile) or reached


@given(st.integers(0, 10_000), st.sampled_from([0.02, 0.3, 0.9]))
def test_a_bound_is_never_above_the_truth(seed, share):
    """Whatever cuts requests off before their answer, the slow ones rather here: their true latencies are known."""
    draw = random.Random(seed)
    truth = [max(1, round(draw.lognormvariate(16, 1.5))) for _ in range(300)]
    cut = [draw.random() < (share if t > 1e7 else share / 3) for t in truth]
    latencies = [t for t, is_cut in zip(truth, cut, strict=True) if not is_cut]
    unanswered = [max(1, round(t * draw.random())) for t, is_cut in zip(truth, cut, strict=True) if is_cut]
    found = estimate(pairs(latencies), pairs(unanswered), WANTED, max(latencies, default=None))
    for percentile, value in zip(WANTED, found.values_ms, strict=True):
        if found.is_bound(percentile):
            assert value <= np.percentile(truth, percentile, method="inverted_cdf") / 1e6
    assert found.max_ms <= max(truth) / 1e6


def test_a_bound_holds_where_all_after_a_time_went_unanswered():
    """A server that stops: whatever is told of the percentiles beyond is not above what they were."""
    truth = [1_000_000] * 90 + [9_000_000_000] * 10
    found = estimate([(1_000_000, 90)], [(2_000_000_000, 10)], [50.0, 90.0, 99.0], 1_000_000)
    assert found.values_ms == (1.0, 1.0, pytest.approx(2000, rel=1e-3))
    assert found.bound_from == pytest.approx(90)
    assert [found.is_bound(p) for p in (50.0, 99.0)] == [False, True]
    for percentile, value in zip((50.0, 90.0, 99.0), found.values_ms, strict=True):
        assert value <= np.percentile(truth, percentile, method="inverted_cdf") / 1e6


def test_censoring_by_chance_leaves_the_percentiles_right():
    """What the estimate is for: requests that were cut at times of no relation to their latency."""
    draw = random.Random(1)
    truth = [draw.expovariate(1 / 10e6) for _ in range(20_000)]
    cuts = [draw.expovariate(1 / 15e6) for _ in truth]
    latencies = [max(1, round(t)) for t, cut in zip(truth, cuts, strict=True) if t <= cut]
    unanswered = [max(1, round(cut)) for t, cut in zip(truth, cuts, strict=True) if t > cut]
    found = estimate(pairs(latencies), pairs(unanswered), [50.0, 90.0], max(latencies))
    assert found.values_ms[0] == pytest.approx(np.percentile(truth, 50) / 1e6, rel=0.03)
    assert found.values_ms[1] == pytest.approx(np.percentile(truth, 90) / 1e6, rel=0.05)
    # The answered ones alone would be far too fast.
    assert np.percentile(latencies, 90) < 0.8 * np.percentile(truth, 90)


def test_nothing_but_unanswered_requests_is_all_bound():
    found = estimate([], [(5_000_000, 3)], [50.0, 99.0], None)
    assert found.values_ms == (found.max_ms, found.max_ms)
    assert found.bound_from == 0.0
    assert found.max_ms == pytest.approx(5.0, rel=1e-3)
    assert estimate([], [], [50.0], None).values_ms == (None,)


@given(values, ages)
def test_trials_merge_as_one(latencies, unanswered):
    quantized = [quantize_ns(age) for age in unanswered]
    half = len(latencies) // 2
    parts = [(latencies[:half], quantized), (latencies[half:], [])]
    trials = [(histogram_of(pairs(values)), ages_ms_of(pairs(cut))) for values, cut in parts]
    whole = estimate(pairs(latencies), pairs(quantized), WANTED, None)
    assert merged(trials, WANTED) == whole
