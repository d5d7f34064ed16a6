import pytest
from servebench.analyse.claims import CLAIMS, judge_plain, judge_ratio
from servebench.analyse.contrast_verdicts import ContrastVerdict
from servebench.analyse.contrasts import Contrast
from servebench.analyse.statistics import Interval
from servebench.words import ClaimWord, ContrastWord, VerdictWord

CAPACITY, BOUND, UNKNOWN = VerdictWord.CAPACITY, VerdictWord.GENERATOR_BOUND, VerdictWord.INCONCLUSIVE


def claim_of(metric):
    return next(claim for claim in CLAIMS if claim.metric == metric)


def contrast(low, high, word=ContrastWord.DIFFERENT):
    return Contrast(Interval((low * high) ** 0.5, low, high, 5), ContrastVerdict(word, "why"))


@pytest.mark.parametrize(
    ("metric", "low", "high", "words", "expected"),
    [
        ("throughput_rps", 1.6, 1.9, (CAPACITY, CAPACITY), ClaimWord.REPLICATED),
        ("throughput_rps", 30.0, 40.0, (CAPACITY, CAPACITY), ClaimWord.NOT_REPLICATED),
        ("throughput_rps", 1.6, 1.9, (CAPACITY, UNKNOWN), ClaimWord.INCONCLUSIVE),
        ("throughput_rps", 1.6, 1.9, (BOUND, UNKNOWN), ClaimWord.GENERATOR_BOUND),
        ("latency_mean_ms", 0.7, 0.9, (CAPACITY, CAPACITY), ClaimWord.INCONCLUSIVE),
        ("latency_mean_ms", 0.9, 1.1, (CAPACITY, BOUND), ClaimWord.GENERATOR_BOUND),
        ("uss_last_mib", 0.1, 0.2, (BOUND, UNKNOWN), ClaimWord.REPLICATED),
    ],
)
def test_a_ratio_settles_a_claim_where_the_figures_are_the_servers(metric, low, high, words, expected):
    assert judge_ratio(claim_of(metric), contrast(low, high), words).word is expected


@pytest.mark.parametrize(
    ("metric", "low", "high", "reason"),
    [
        ("throughput_rps", 8.0, 9.0, "the difference is larger than claimed"),
        ("throughput_rps", 0.8, 0.9, None),
        ("latency_max_ms", 0.1, 0.2, "the difference is larger than claimed"),
        ("latency_max_ms", 0.9, 1.1, None),
    ],
)
def test_what_exceeds_a_claim_is_told_from_what_contradicts_it(metric, low, high, reason):
    verdict = judge_ratio(claim_of(metric), contrast(low, high), (CAPACITY, CAPACITY))
    assert (verdict.word, verdict.reason) == (ClaimWord.NOT_REPLICATED, reason)


@pytest.mark.parametrize("word", [ContrastWord.LOWER_BOUND, ContrastWord.UPPER_BOUND])
def test_a_bound_settles_no_claim(word):
    verdict = judge_ratio(claim_of("throughput_rps"), contrast(1.6, 1.9, word), (BOUND, CAPACITY))
    assert (verdict.word, verdict.reason) == (ClaimWord.GENERATOR_BOUND, str(word))


@pytest.mark.parametrize(
    ("word", "low", "high", "reason"),
    [
        (ContrastWord.LOWER_BOUND, 6.9, 7.5, "the difference is larger than claimed"),
        (ContrastWord.UPPER_BOUND, 1.1, 1.3, None),
    ],
)
def test_a_claim_that_lies_wholly_beyond_a_bound_is_excluded(word, low, high, reason):
    verdict = judge_ratio(claim_of("throughput_rps"), contrast(low, high, word), (BOUND, CAPACITY))
    assert (verdict.word, verdict.reason) == (ClaimWord.NOT_REPLICATED, reason)


@pytest.mark.parametrize(
    ("word", "low", "high"),
    [(ContrastWord.LOWER_BOUND, 1.1, 1.3), (ContrastWord.UPPER_BOUND, 6.9, 7.5)],
)
def test_a_claim_on_the_open_side_of_a_bound_is_not(word, low, high):
    verdict = judge_ratio(claim_of("throughput_rps"), contrast(low, high, word), (BOUND, CAPACITY))
    assert verdict.word is ClaimWord.GENERATOR_BOUND


def test_too_few_blocks_settle_no_claim():
    unknown = Contrast(Interval(2.0, None, None, 2), ContrastVerdict(ContrastWord.UNDECIDED, "why"))
    for found in (None, unknown):
        verdict = judge_ratio(claim_of("throughput_rps"), found, (CAPACITY, CAPACITY))
        assert (verdict.word, verdict.reason) == (ClaimWord.INCONCLUSIVE, "too few blocks")


@pytest.mark.parametrize(
    ("slow", "expected"), [(BOUND, ClaimWord.GENERATOR_BOUND), (CAPACITY, ClaimWord.NOT_REPLICATED)]
)
def test_a_minimum_is_the_servers_only_where_the_generator_was_not_the_limit(slow, expected):
    assert judge_plain(claim_of("latency_min_ms"), [9.0, 1.0], [slow, CAPACITY]).word is expected


def test_a_figure_that_is_not_there_settles_nothing():
    assert judge_plain(claim_of("errors_total"), [None, 0.0], [CAPACITY, CAPACITY]).word is ClaimWord.INCONCLUSIVE
