import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from servebench.analyse.statistics import (
    adjust_by_holm,
    log_interval,
    p_homogeneous,
    p_within,
    paired_ratio,
    repeats_for,
    standard_deviation,
)

positive = st.floats(1e-3, 1e6)


@given(st.lists(positive, min_size=3, max_size=20))
def test_the_interval_is_students_on_logarithms(values):
    interval = log_interval(values)
    logs = np.log(values)
    error = stats.sem(logs)
    assert interval is not None
    assert interval.estimate == pytest.approx(stats.gmean(values), rel=1e-9)
    if error > 1e-9:
        low, high = stats.t.interval(0.95, len(values) - 1, logs.mean(), error)
        assert interval.low == pytest.approx(math.exp(low), rel=1e-6)
        assert interval.high == pytest.approx(math.exp(high), rel=1e-6)


@given(st.lists(positive, min_size=3, max_size=10), st.floats(0.01, 100))
def test_the_interval_scales_with_the_unit(values, factor):
    one, other = log_interval(values), log_interval([value * factor for value in values])
    assert other.low == pytest.approx(one.low * factor, rel=1e-6)
    assert other.high == pytest.approx(one.high * factor, rel=1e-6)


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0]])
def test_below_three_repeats_there_is_no_interval(values):
    interval = log_interval(values)
    assert interval.low is None
    assert interval.high is None


def test_no_values_give_nothing():
    assert log_interval([]) is None


def test_a_zero_has_a_mean_and_no_interval():
    assert log_interval([0.0, 2.0, 4.0]).estimate == 2.0
    assert log_interval([0.0, 2.0, 4.0]).low is None


@pytest.mark.parametrize("n", [3, 5])
def test_coverage_of_the_nominal_95_percent(n):
    generator = np.random.default_rng(7)
    hits = 0
    trials = 2000
    for _ in range(trials):
        interval = log_interval(list(np.exp(generator.normal(1.0, 0.1, n))))
        hits += interval.low <= math.exp(1.0) <= interval.high
    # Three standard errors of a share of 0.95 over 2,000 are 0.015.
    assert 0.935 <= hits / trials <= 0.965


@given(st.lists(st.tuples(positive, positive), min_size=3, max_size=10))
def test_a_contrast_turned_round_is_the_inverse(pairs):
    a, b = [p[0] for p in pairs], [p[1] for p in pairs]
    ratio, inverse = paired_ratio(a, b), paired_ratio(b, a)
    assert ratio.estimate == pytest.approx(1 / inverse.estimate, rel=1e-6)
    assert ratio.low == pytest.approx(1 / inverse.high, rel=1e-6)


def test_a_block_effect_cancels_in_a_contrast():
    blocks = [1.0, 5.0, 25.0]
    ratio = paired_ratio([2 * b for b in blocks], blocks)
    assert (ratio.low, ratio.high) == (pytest.approx(2.0), pytest.approx(2.0))


def test_unpaired_trials_are_refused():
    with pytest.raises(ValueError, match="pairs"):
        paired_ratio([1.0], [1.0, 2.0])


logs_of_ratios = st.lists(st.floats(-1, 1).map(lambda value: round(value, 6)), min_size=3, max_size=12)


@given(logs_of_ratios)
def test_p_against_no_effect_is_students(logs):
    if standard_deviation(logs) > 1e-6:
        assert p_within(logs, 0.0) == pytest.approx(stats.ttest_1samp(logs, 0.0).pvalue, rel=1e-6, abs=1e-12)


def test_p_needs_three_blocks_and_is_one_inside_the_effect():
    assert p_within([0.5, 0.6], 0.05) is None
    assert p_within([0.01, 0.02, 0.03], 0.05) == 1.0
    assert p_within([0.5, 0.5, 0.5], 0.05) == 0.0


# The example of R's p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm"), and one that needs the running maximum.
@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([0.01, 0.02, 0.03, 0.04], [0.04, 0.06, 0.06, 0.06]),
        ([0.04, 0.001, 0.5], [0.08, 0.003, 0.5]),
        ([0.6, 0.7], [1.0, 1.0]),
        ([], []),
    ],
)
def test_holm_is_as_published(p_values, adjusted):
    assert adjust_by_holm(p_values) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), max_size=10))
def test_holm_never_lowers_a_p_and_keeps_their_order(p_values):
    adjusted = adjust_by_holm(p_values)
    assert all(after >= before for after, before in zip(adjusted, p_values, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert list(np.array(adjusted)[order]) == sorted(adjusted)


@given(st.lists(st.lists(st.floats(-1, 1).map(lambda v: round(v, 6)), min_size=2, max_size=5), min_size=2, max_size=4))
def test_homogeneity_is_the_analysis_of_variance(groups):
    # SciPy has no answer for means that are equal to the last bit.
    if sum(np.var(group) for group in groups) > 1e-9 and np.ptp([np.mean(group) for group in groups]) > 1e-9:
        assert p_homogeneous(groups) == pytest.approx(stats.f_oneway(*groups).pvalue, rel=1e-6, abs=1e-9)


def test_groups_without_spread_are_homogeneous_where_they_are_equal():
    assert p_homogeneous([[0.1, 0.1], [0.1]]) == 1.0
    assert p_homogeneous([[0.1, 0.1], [0.2]]) == 0.0
    assert p_homogeneous([[0.1], [0.2]]) is None
    assert p_homogeneous([[0.1, 0.2]]) is None


@given(st.floats(0.001, 0.5), st.floats(0.02, 0.5))
def test_the_repeats_are_the_least_that_are_narrow_enough(spread, half_width):
    def width(n):
        return math.expm1(stats.t.ppf(0.975, n - 1) * spread / math.sqrt(n))

    n = repeats_for(spread, half_width)
    if n is None:
        assert width(1000) > half_width
        return
    assert width(n) <= half_width * (1 + 1e-9)
    assert n == 3 or width(n - 1) > half_width * (1 - 1e-9)
