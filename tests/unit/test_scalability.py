import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.scalability import fit_scalability, law, points_below_knee

SIZES = (1, 2, 4, 8, 16, 32, 64)


def points_of(throughput, noise=0.0, sizes=SIZES, repeats=5):
    draw = random.Random(1)
    return {
        n: {("one", repeat): throughput(n) * math.exp(draw.gauss(0, noise)) for repeat in range(repeats)} for n in sizes
    }


@given(st.floats(10, 1e5), st.floats(0.01, 0.3), st.floats(1e-4, 5e-3))
def test_the_parameters_of_a_known_law_are_found(one_rps, contention, coherence):
    fit = fit_scalability(points_of(lambda n: law(n, one_rps, contention, coherence)))
    assert fit.throughput_of_one_rps == pytest.approx(one_rps, rel=0.01)
    assert fit.contention == pytest.approx(contention, abs=0.01)
    assert fit.coherence == pytest.approx(coherence, rel=0.05, abs=1e-5)


def test_a_measured_fall_names_the_peak():
    fit = fit_scalability(points_of(lambda n: law(n, 100, 0.05, 0.002), noise=0.01))
    assert fit.peak == pytest.approx(math.sqrt(0.95 / 0.002), rel=0.1)


def test_a_plateau_has_no_peak():
    fit = fit_scalability(points_of(lambda n: min(100 * n, 1000), noise=0.01))
    assert fit.reason is None
    assert fit.peak is None


def test_too_few_points_and_none_below_the_knee_carry_no_fit():
    assert "5 usable points, 6 are needed" in fit_scalability(points_of(lambda n: n, sizes=SIZES[:5])).reason
    fit = fit_scalability(points_of(lambda n: 1000.0))
    assert "below the knee" in fit.reason
    assert fit.peak is None


def test_the_knee_is_where_linear_growth_would_reach_the_largest():
    assert points_below_knee({1: 100, 2: 200, 4: 390, 8: 400, 16: 400}) == 2
