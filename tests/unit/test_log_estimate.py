import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind
from servebench.analyse.log_estimate import LogEstimate

SAMPLES = st.lists(st.floats(0.1, 1000.0), min_size=3, max_size=8, unique_by=lambda value: round(math.log(value), 3))


@given(SAMPLES, SAMPLES, st.sampled_from([0.9, 0.95, 0.983]))
def test_the_ratio_of_two_samples_is_welchs(first, second, confidence):
    above, below = LogEstimate.of(first), LogEstimate.of(second)
    ratio = above.over(below).interval(confidence)
    logs = [[math.log(value) for value in values] for values in (first, second)]
    expected = ttest_ind(*logs, equal_var=False).confidence_interval(confidence)
    assert math.log(ratio.low) == pytest.approx(expected.low, abs=1e-9)
    assert math.log(ratio.high) == pytest.approx(expected.high, abs=1e-9)
    assert ratio.low <= ratio.estimate <= ratio.high


@given(SAMPLES, SAMPLES)
def test_the_inverse_ratio_has_the_inverse_interval(first, second):
    one, other = LogEstimate.of(first), LogEstimate.of(second)
    ratio, inverse = one.over(other).interval(), other.over(one).interval()
    assert inverse.low == pytest.approx(1 / ratio.high)
    assert inverse.high == pytest.approx(1 / ratio.low)


def test_samples_without_spread_have_a_sure_ratio():
    ratio = LogEstimate.of([4.0] * 3).over(LogEstimate.of([2.0] * 3)).interval()
    assert (ratio.low, ratio.estimate, ratio.high) == pytest.approx((2.0, 2.0, 2.0))


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 2.0, 0.0], []])
def test_too_few_values_or_one_that_has_no_logarithm_are_no_estimate(values):
    assert LogEstimate.of(values) is None
