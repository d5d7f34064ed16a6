import numpy as np
import pandas as pd
import pytest
from servebench.report.drift import (
    DEVIATION,
    LEAST_TRIALS,
    LEFT_OUT,
    Drift,
    beside_means,
    drift_of,
    primary_figures,
    upwards,
)
from support.trials import make_trial, study_data


def of(values):
    found = Drift.of(pd.Series(values))
    assert found is not None
    return found


def test_what_moves_slowly_has_drifted():
    found = of(np.sin(np.arange(60) / 10))
    assert found.correlation > 0.9 > found.by_chance
    assert found.text.startswith("Of the trials that count, neighbours in time move together (their correlation is 0.9")


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


def test_a_trial_that_was_disturbed_moves_nothing(tmp_path):
    held_up = {"generator": {"run_queue_share": 0.5}}
    results = [make_trial(tmp_path, name, r, 1000.0 + r % 2) for name in "ab" for r in range(1, 13)]
    results += [make_trial(tmp_path, name, r, 400.0, parts=held_up) for name in "ab" for r in range(13, 17)]
    trials = study_data(tmp_path / "study", results).trials
    quiet = trials[trials["repeat"] < 13]
    assert drift_of(trials) == drift_of(quiet)
    beside = beside_means(primary_figures(trials))
    assert beside[beside[LEFT_OUT]]["repeat"].min() == 13
    assert beside[DEVIATION].abs()[~beside[LEFT_OUT]].max() < 1
    assert beside[DEVIATION][beside[LEFT_OUT]].max() < -50


def test_several_nodes_are_no_machine_that_drifts(tmp_path):
    speeds = {"a": 1000.0, "b": 100.0}
    results = [
        make_trial(tmp_path, name, r, speed + r * speed / 50) for name, speed in speeds.items() for r in range(1, 13)
    ]
    trials = study_data(tmp_path / "study", results).trials
    assert drift_of(trials) is not None
    assert drift_of(trials.assign(node=["n1", "n2"] * 12)) is None
