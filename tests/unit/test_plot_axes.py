import math

import pytest
from servebench.report.plots.axes import MOST_TICKS, even_ticks, log_limits, log_ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (900, 80_000, [1000, 2000, 5000, 10_000, 20_000, 50_000]),
        (0.06, 1.5, [0.1, 0.2, 0.5, 1]),
        (10, 500_000, [10, 100, 1000, 10_000, 100_000]),
        (0.001, 10_000, [0.01, 1, 100, 10_000]),
        (1000, 1500, [1000, 1100, 1200, 1300, 1400, 1500]),
    ],
)
def test_ticks_are_round_and_few(low, high, ticks):
    assert log_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize("ratio", [1.21, 3, 9, 11, 80, 1e3, 1e5, 1e9])
@pytest.mark.parametrize("low", [0.00013, 0.7, 9.9, 12_345])
def test_every_axis_has_a_tick_and_not_too_many(low, ratio):
    ticks = log_ticks(low, low * ratio)
    assert 1 <= len(ticks) <= MOST_TICKS + 1
    assert all(low <= tick <= low * ratio * 1.000001 for tick in ticks)


def test_ticks_at_even_distances_hold_zero():
    assert even_ticks(-11, 11) == [-10, -5, 0, 5, 10]
    assert even_ticks(0, 0.53) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_an_axis_reaches_little_further_than_what_was_measured():
    low, high = log_limits([1000, 80_000, math.nan, 0])
    assert 700 < low < 1000
    assert 80_000 < high < 110_000
    assert log_limits([]) == log_limits([1.0])
