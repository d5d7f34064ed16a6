"""Which windows count, each fault by its own cause."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.trial.record import read_record
from servebench.trial.validity import CHANCE_DEVIATIONS, unsteadiness, window_fault
from servebench.words import Outcome
from support.trials import make_trial

STEADY = [1000, 1000, 1000]
FALLING = [1000, 900, 700]


@pytest.fixture
def window(tmp_path):
    """A measured window of 3 s, with changes to the figures of its parts and to the record."""
    repeats = count(1)

    def make(load_point="users-64", outcome=Outcome.MEASURED, load=None, server=None, generator=None):
        record = read_record(make_trial(tmp_path, "crow", next(repeats), 1000.0, load_point=load_point))
        parts = {"load": load, "server": server, "generator": generator}
        changed = {name: getattr(record, name).model_copy(update=change or {}) for name, change in parts.items()}
        return record.model_copy(update={**changed, "outcome": outcome})

    return make


def test_a_quiet_and_steady_window_counts(window):
    quiet = {"run_queue_share": 0.001}
    assert window_fault(window(server=quiet, generator={**quiet, "gap_share": 0.001}), STEADY) is None


def test_a_window_of_which_nothing_is_known_counts(window):
    assert window_fault(window(), []) is None


@pytest.mark.parametrize("load_point", ["users-64", "rate-300", "share-60", "objective"])
def test_a_server_that_is_never_idle_does_not_notice_a_generator_that_waits_a_little(window, load_point):
    waited = {"run_queue_share": 0.015, "gap_share": 0.015}
    full, idle = {"cpus_idle_share": 0.01}, {"cpus_idle_share": 0.5}
    assert window_fault(window(load_point, server=full, generator=waited), STEADY) is None
    assert "waited for its CPU for 1.5%" in window_fault(window(load_point, server=idle, generator=waited), STEADY)
    assert "waited" in window_fault(window(load_point, server={"cpus_idle_share": None}, generator=waited), STEADY)


@pytest.mark.parametrize(
    ("part", "figure", "share", "words"),
    [
        ("generator", "run_queue_share", 0.03, "the generator waited for its CPU for 3.0%"),
        ("generator", "gap_share", 0.03, "something took the generator's CPU for 3.0%"),
        ("generator", "harness_late_ms", 2500.0, "everything stood still for 2.5 s of the window"),
        ("server", "run_queue_share", 0.06, "the server waited for its CPU for 6.0%"),
    ],
)
@pytest.mark.parametrize("load_point", ["users-64", "rate-300", "share-60", "objective"])
def test_a_window_in_which_a_cpu_was_taken_away_does_not_count(window, part, figure, share, words, load_point):
    assert words in window_fault(window(load_point, **{part: {figure: share}}), STEADY)


def test_on_shared_cpus_both_wait_for_each_other_by_design(window):
    both = {"affinity": [0, 1], "run_queue_share": 0.5}
    assert window_fault(window(server=both, generator=both), STEADY) is None


def test_a_generator_at_its_limit_waits_by_itself_and_is_not_made_again(window):
    assert window_fault(window(generator={"run_queue_share": 0.3, "cpu_utilization": 0.99}), STEADY) is None


def test_a_closed_loop_without_a_steady_state_does_not_count(window):
    assert window_fault(window(), FALLING) == "no steady state: the second half brought -35% against the first"


def test_an_open_loop_is_not_asked_for_a_steady_state(window):
    assert window_fault(window("rate-300"), FALLING) is None


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": Outcome.SERVER_DIED},
        {"load": {"errors": {"timeout": 1}}},
        {"load": {"errors": {"status_503": 900}}},
    ],
)
def test_what_the_server_does_is_a_result_and_not_made_again(window, change):
    assert window_fault(window(**change), FALLING) is None


def test_a_disturbance_counts_although_the_server_answered_errors(window):
    disturbed = window(load={"errors": {"timeout": 1}}, generator={"run_queue_share": 0.5})
    assert "waited for its CPU" in window_fault(disturbed, STEADY)


def test_a_last_second_that_was_cut_is_in_no_half(window):
    assert window_fault(window(load={"window_s": 2.5}), [1000, 1000, 500]) is None
    assert window_fault(window(load={"window_s": 1.5}), [1000, 500]) is None


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_a_window_is_judged_by_its_shape_not_by_how_much_it_brought(first, second):
    found = unsteadiness([first, second])
    assert (found is None) == (unsteadiness([second, first]) is None)
    if found is not None:
        assert unsteadiness([10 * first, 10 * second]) == found


@given(st.integers(1, 2000), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_chance_alone_hardly_ever_makes_a_window_unsteady(rate, seconds, seed):
    counts = np.random.default_rng(seed).poisson(rate, (1000, seconds))
    share = np.mean([unsteadiness(row.tolist()) is not None for row in counts])
    # Beyond three standard deviations, on both sides, lie 0.27 %.
    assert CHANCE_DEVIATIONS == 3.0
    assert share <= 0.01
