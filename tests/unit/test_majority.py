import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.majority import are_enough, verdict_of_repeats
from servebench.analyse.verdicts import Verdict
from servebench.words import VerdictWord

CAPACITY = Verdict(VerdictWord.CAPACITY, "server at 99%")
BOUND = Verdict(VerdictWord.GENERATOR_BOUND, "server at 60%: a lower bound", is_lower_bound=True)
IDLE = Verdict(VerdictWord.INCONCLUSIVE, "idle time unexplained", is_lower_bound=True, is_idle_unexplained=True)
LATE = Verdict(VerdictWord.GENERATOR_LATE, "it waited", is_counted=False)
DISTURBED = Verdict(VerdictWord.DISTURBED, "the server waited", is_lower_bound=True, is_counted=False)
UNSTEADY = Verdict(VerdictWord.INCONCLUSIVE, "no steady state", is_counted=False)


def test_repeats_that_agree_say_it_once():
    assert verdict_of_repeats([CAPACITY] * 5) == CAPACITY


def test_the_reason_is_that_of_the_middle_repeat():
    repeats = [Verdict(VerdictWord.CAPACITY, f"server at {share}%") for share in (96, 98, 99)]
    assert verdict_of_repeats(repeats).reason == "server at 98%"


def test_one_repeat_of_five_does_not_condemn_the_cell_and_is_said():
    verdict = verdict_of_repeats([BOUND, CAPACITY, CAPACITY, CAPACITY, CAPACITY])
    assert (verdict.word, verdict.is_lower_bound) == ("capacity", False)
    reason = "capacity in 4 of 5 repeats: server at 99%; 1 generator-bound: server at 60%: a lower bound"
    assert verdict.reason == reason


def test_without_a_majority_nothing_is_decided():
    verdict = verdict_of_repeats([BOUND, BOUND, CAPACITY, CAPACITY])
    assert (verdict.word, verdict.is_lower_bound) == ("inconclusive", True)
    assert verdict.reason.startswith("no majority of 4 repeats: 2 generator-bound")
    assert "2 capacity" in verdict.reason


def test_idle_time_is_unexplained_where_most_repeats_say_so():
    assert verdict_of_repeats([IDLE, IDLE, CAPACITY]).is_idle_unexplained
    assert not verdict_of_repeats([IDLE, CAPACITY, CAPACITY]).is_idle_unexplained


@pytest.mark.parametrize(
    ("repeats", "word"),
    [
        ([DISTURBED, CAPACITY, CAPACITY, CAPACITY], "capacity"),
        ([DISTURBED, DISTURBED, CAPACITY, CAPACITY, CAPACITY], "capacity"),
        ([DISTURBED, CAPACITY, CAPACITY], "disturbed"),
        ([DISTURBED, DISTURBED, DISTURBED, CAPACITY, CAPACITY], "disturbed"),
        ([DISTURBED], "disturbed"),
        ([LATE, LATE, CAPACITY], "generator late"),
        ([LATE, CAPACITY, CAPACITY], "disturbed"),
        ([UNSTEADY, CAPACITY, CAPACITY, CAPACITY], "capacity"),
        ([UNSTEADY, CAPACITY, CAPACITY], "inconclusive"),
        ([UNSTEADY, IDLE, IDLE], "inconclusive"),
    ],
)
def test_disturbed_repeats_are_left_out_as_long_as_enough_others_remain(repeats, word):
    verdict = verdict_of_repeats(repeats)
    assert verdict.word == word
    assert not verdict.is_idle_unexplained


def test_what_was_left_over_is_said_where_it_is_too_few():
    reason = verdict_of_repeats([DISTURBED, CAPACITY, CAPACITY]).reason
    assert reason.startswith(
        "only 2 of 3 repeats were undisturbed and steady: 1 disturbed: the server waited; 2 capacity"
    )
    assert verdict_of_repeats([DISTURBED]).reason == "the server waited"


@pytest.mark.parametrize(
    ("repeats", "said"),
    [
        ([DISTURBED] * 3, "none of 3 repeats were undisturbed and steady: 3 disturbed"),
        ([DISTURBED, DISTURBED, CAPACITY], "only 1 of 3 repeats was undisturbed and steady: 2 disturbed"),
    ],
)
def test_how_few_are_left_is_said_as_people_do(repeats, said):
    assert verdict_of_repeats(repeats).reason.startswith(said)


@given(st.integers(0, 50), st.integers(0, 50))
def test_enough_are_all_or_three_that_are_the_majority(counted, left_out):
    enough = are_enough(counted, counted + left_out)
    assert enough == (left_out == 0 or (counted >= 3 and counted > left_out))


WORDS = st.sampled_from(list(VerdictWord))


@given(st.lists(WORDS, min_size=1, max_size=15), st.randoms())
def test_a_word_is_the_cells_only_by_more_than_half_of_its_repeats(words, draw):
    repeats = [Verdict(word, f"because {word}") for word in words]
    found = verdict_of_repeats(repeats).word
    decided = [word for word in set(words) if 2 * words.count(word) > len(words)]
    assert found == (decided[0] if decided else VerdictWord.INCONCLUSIVE)
    draw.shuffle(repeats)
    assert verdict_of_repeats(repeats).word == found


@given(st.lists(st.tuples(WORDS, st.booleans()), min_size=1, max_size=15))
def test_a_cell_is_a_capacity_only_by_repeats_that_count(pairs):
    verdict = verdict_of_repeats([Verdict(word, "", is_counted=counts) for word, counts in pairs])
    counted = [word for word, counts in pairs if counts]
    if verdict.word.is_capacity and len(counted) == len(pairs):
        assert sum(word.is_capacity for word in counted) * 2 > len(counted)
    if not are_enough(len(counted), len(pairs)):
        unfit = {word for word, counts in pairs if not counts}
        assert verdict.word in {*unfit, VerdictWord.DISTURBED, VerdictWord.INCONCLUSIVE}
