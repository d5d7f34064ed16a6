import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.contrast_verdicts import ContrastEvidence, Resolution, contrast_verdict
from servebench.analyse.statistics import Interval, p_within, paired_ratio
from servebench.words import Comparable, ContrastWord, VerdictWord

TWICE = Interval(2.0, 1.5, 2.5, 5)
WIDE = Interval(1.0, 0.9, 1.1, 5)
UNKNOWN = Interval(2.0, None, None, 2)
CAPACITY, BOUND, HELD = VerdictWord.CAPACITY, VerdictWord.GENERATOR_BOUND, VerdictWord.BELOW_CAPACITY
AT_OBJECTIVE = VerdictWord.CAPACITY_AT_OBJECTIVE


@pytest.mark.parametrize(
    ("compared", "ratio", "words", "word", "reason"),
    [
        (Comparable.CAPACITIES, TWICE, (CAPACITY, CAPACITY), ContrastWord.DIFFERENT, "more than 5 % from 1"),
        (Comparable.CAPACITIES, TWICE, (AT_OBJECTIVE, AT_OBJECTIVE), ContrastWord.DIFFERENT, "more than 5 % from 1"),
        (
            Comparable.CAPACITIES,
            WIDE,
            (CAPACITY, CAPACITY),
            ContrastWord.UNDECIDED,
            "they may be the same, or differ by more than 5 %",
        ),
        (Comparable.CAPACITIES, TWICE, (BOUND, CAPACITY), ContrastWord.LOWER_BOUND, "limited the first"),
        (Comparable.CAPACITIES, TWICE, (CAPACITY, BOUND), ContrastWord.UPPER_BOUND, "limited the second"),
        (Comparable.CAPACITIES, TWICE, (BOUND, BOUND), ContrastWord.UNDECIDED, "not both are capacities"),
        (Comparable.CAPACITIES, TWICE, (CAPACITY, None), ContrastWord.UNDECIDED, "not both are capacities"),
        (Comparable.CAPACITIES, UNKNOWN, (CAPACITY, CAPACITY), ContrastWord.UNDECIDED, "fewer than 3 blocks"),
        (Comparable.CAPACITIES, None, (CAPACITY, CAPACITY), ContrastWord.UNDECIDED, "other campaign"),
        (Comparable.HELD_RATES, TWICE, (HELD, HELD), ContrastWord.DIFFERENT, "more than 5 % from 1"),
        (Comparable.HELD_RATES, TWICE, (HELD, CAPACITY), ContrastWord.UNDECIDED, "not both hold the rate"),
        (Comparable.ALWAYS, TWICE, (BOUND, None), ContrastWord.DIFFERENT, "more than 5 % from 1"),
    ],
)
def test_what_may_be_claimed_of_a_ratio(compared, ratio, words, word, reason):
    verdict = contrast_verdict(ContrastEvidence(compared, ratio, "other campaign", words))
    assert verdict.word is word
    assert reason in verdict.reason


@pytest.mark.parametrize("compared", Comparable)
def test_a_crowded_system_spoils_latencies_only(compared):
    verdict = contrast_verdict(ContrastEvidence(compared, TWICE, None, (HELD, HELD), "slow"))
    assert ("70 % of slow's capacity" in verdict.reason) == (compared is Comparable.HELD_RATES)


def judge(ratio, **changes):
    return contrast_verdict(ContrastEvidence(Comparable.ALWAYS, ratio, None, (None, None), **changes))


@pytest.mark.parametrize(
    ("low", "high", "word", "reason"),
    [
        (1.06, 1.2, ContrastWord.DIFFERENT, "more than 5 % from 1"),
        (0.7, 0.94, ContrastWord.DIFFERENT, "more than 5 % from 1"),
        (0.97, 1.04, ContrastWord.SAME, "within 5 % of 1"),
        # It excludes 1: a difference, too small to matter.
        (1.01, 1.04, ContrastWord.SAME, "within 5 % of 1"),
        (1.01, 1.09, ContrastWord.UNDECIDED, "they differ, but perhaps by less than 5 %"),
        (0.97, 1.09, ContrastWord.UNDECIDED, "they may be the same, or differ by more than 5 %"),
    ],
)
def test_three_answers_against_the_smallest_effect(low, high, word, reason):
    verdict = judge(Interval(math.sqrt(low * high), low, high, 5))
    assert verdict.word is word
    assert reason in verdict.reason
    turned = judge(Interval(1 / math.sqrt(low * high), 1 / high, 1 / low, 5))
    assert turned.word is word


def test_the_smallest_effect_is_the_configs():
    ratio = Interval(1.07, 1.06, 1.08, 5)
    assert judge(ratio, effect=0.05).word is ContrastWord.DIFFERENT
    assert judge(ratio, effect=0.10).word is ContrastWord.SAME
    assert "10 %" in judge(ratio, effect=0.10).reason


def test_an_interval_that_is_too_wide_says_how_many_repeats_it_takes():
    assert judge(Interval(1.0, 0.8, 1.25, 5), spread=0.1).reason.endswith("; ±5 % takes about 19 repeats")
    assert "more than 1,000" in judge(Interval(1.0, 0.1, 10.0, 5), spread=2.0).reason
    # At the edge of the smallest effect a narrower interval would not decide either.
    assert "takes" not in judge(Interval(1.05, 1.03, 1.07, 5), spread=0.01).reason


def test_a_primary_figure_differs_only_where_holm_lets_it():
    assert judge(Interval(2.0, 1.5, 2.7, 5), p_holm=0.04, family=6).word is ContrastWord.DIFFERENT
    refused = judge(Interval(2.0, 1.5, 2.7, 5), p_holm=0.06, family=6)
    assert refused.word is ContrastWord.UNDECIDED
    assert refused.reason == "not sure enough for one of 6 pairs (p = 0.06 by Holm)"
    near = judge(Interval(1.06, 1.02, 1.1, 5), p_holm=0.06, family=6)
    assert (near.word, near.reason) == (refused.word, refused.reason)
    # With three looks each claim has a third of the false ones.
    looked = judge(Interval(2.0, 1.5, 2.7, 5), p_holm=0.04, family=6, confidence=1 - 0.05 / 3)
    assert looked.word is ContrastWord.UNDECIDED


def test_what_the_instrument_cannot_tell_apart_is_undecided():
    different, same = Interval(1.2, 1.1, 1.3, 5), Interval(1.0, 0.99, 1.01, 5)
    assert judge(different, resolution=Resolution((0.12, 0.10), 0.05)).reason.endswith(
        "below the resolution of 0.05 ms"
    )
    assert judge(different, resolution=Resolution((1.2, 1.0), 0.05)).word is ContrastWord.DIFFERENT
    assert judge(same, resolution=Resolution((0.1, 0.1), 0.05)).word is ContrastWord.UNDECIDED
    assert judge(same, resolution=Resolution((10.0, 10.0), 0.05)).word is ContrastWord.SAME


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=12), st.floats(0.01, 0.3))
def test_the_word_follows_from_p_as_from_the_interval(logs, effect):
    ratio = paired_ratio([math.exp(log) for log in logs], [1.0] * len(logs))
    verdict, p = judge(ratio, effect=effect), p_within(logs, effect)
    if abs(p - 0.05) > 1e-6:
        assert (verdict.word is ContrastWord.DIFFERENT) == (p < 0.05)
