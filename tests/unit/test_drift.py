import numpy as np
import pandas as pd
import pytest
from servebench.report.drift import LEAST_TRIALS, Drift, upwards


def of(values):
    found = Drift.of(pd.Series(values))
    assert found is not None
    return found


def test_what_moves_slowly_has_drifted():
    found = of(np.sin(np.arange(60) / 10))
    assert found.correlation > 0.9 > found.by_chance
    assert found.text.startswith("Neighbours in time move together (correlation 0.9")


@pytest.mark.parametrize("seed", range(5))
def test_independent_trials_have_not_beyond_what_chance_reaches_now_and_then(seed):
    dice = np.random.default_rng(seed)
    seen = [of(dice.normal(size=40)).text.endswith("no drift is seen.") for _ in range(200)]
    # One side of Bartlett's interval: one in forty.
    assert sum(seen) > 185


def test_too_few_trials_and_equal_ones_tell_nothing():
    assert Drift.of(pd.Series(np.arange(LEAST_TRIALS - 1.0))) is None
    assert Drift.of(pd.Series(np.zeros(40))) is None


def test_a_slower_machine_lowers_throughput_and_raises_the_cpu_a_request():
    metrics = pd.Series(["throughput_rps", "cpu_us_per_request"])
    assert list(upwards(pd.Series([-5.0, 5.0]), metrics)) == [-5.0, -5.0]
