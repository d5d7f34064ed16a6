"""What does not count is made again, whatever it brought."""

from hypothesis import given
from hypothesis import strategies as st
from servebench.thresholds import MOST_RETRIES, RETRIES_A_TRIAL
from servebench.trial.retries import make_until_valid, retries_left


def made_with(faults, most_retries=2):
    """Make numbers from 1 on, of which the first have these faults, and all after them none."""
    made = iter(range(1, 100))
    reasons = dict(enumerate(faults, start=1))
    return make_until_valid(lambda: next(made), reasons.get, most_retries)


def test_what_counts_is_made_once():
    assert made_with([]) == (1, [])


def test_what_is_disturbed_once_is_made_again_and_kept():
    result, dropped = made_with(["disturbed"])
    assert result == 2
    assert [(earlier.made, earlier.reason) for earlier in dropped] == [(1, "disturbed")]


def test_the_last_one_is_the_result_whatever_it_is():
    result, dropped = made_with(["disturbed", "unsteady", "disturbed", "disturbed"])
    assert result == 3
    assert [earlier.reason for earlier in dropped] == ["disturbed", "unsteady"]


@given(st.lists(st.sampled_from(["disturbed", None]), max_size=10), st.integers(0, 5))
def test_never_more_retries_than_allowed_and_none_after_one_that_counts(faults, most_retries):
    result, dropped = made_with(faults, most_retries)
    assert len(dropped) <= most_retries
    assert result == len(dropped) + 1
    assert all(faults[earlier.made - 1] is not None for earlier in dropped)


def test_a_quiet_machine_leaves_every_trial_its_retries():
    assert all(retries_left(trials, 0) == MOST_RETRIES for trials in range(50))


@given(st.integers(1, 300))
def test_a_machine_that_is_never_quiet_takes_no_multiple_of_the_time(trials):
    made_again = []
    for _ in range(trials):
        made_again.append(retries_left(len(made_again), sum(made_again)))
    assert sum(made_again) <= RETRIES_A_TRIAL * trials + MOST_RETRIES
    # What is left is spread: the last trials have their share too.
    assert sum(made_again[trials // 2 :]) >= RETRIES_A_TRIAL * (trials - trials // 2) - 1


def test_an_error_ends_it():
    def make():
        raise KeyboardInterrupt

    try:
        make_until_valid(make, lambda _: "disturbed", 2)
    except KeyboardInterrupt:
        return
    raise AssertionError("it went on")
