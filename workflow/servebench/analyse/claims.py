"""The article's claims, each judged by an interval or a figure of ours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from servebench.analyse.contrasts import Contrast
from servebench.analyse.metrics import MEMORY, metric_of
from servebench.thresholds import ABOUT_THE_SAME, ALMOST_ZERO_MS
from servebench.words import ClaimWord, Comparable, ContrastWord, VerdictWord

GENERATORS_TIME = "mostly time inside the generator"
EXCEEDED = "the difference is larger than claimed"
UNKNOWN_LIMIT = "who was the limit is not known"


@dataclass(frozen=True)
class Claim:
    """A claim as a ratio of the C++ system over FastAPI; `holds` judges an interval of ours.

    `is_exceeded`: the ratio lies in the claim's direction, but further from 1 than the article has it.
    """

    text: str
    metric: str
    article: str
    holds: Callable[[float, float], bool]
    is_refuted: Callable[[float, float], bool]
    is_exceeded: Callable[[float, float], bool] = lambda _low, _high: False


@dataclass(frozen=True)
class PlainClaim:
    """A claim of each system's own figure; `holds` judges one figure.

    `has_generators_time`: a generator at its limit adds its own time to the figure.
    """

    text: str
    metric: str
    unit: str
    article: str
    holds: Callable[[float], bool]
    has_generators_time: bool = False


@dataclass(frozen=True)
class ClaimVerdict:
    """The word, and the reason where the word alone does not say it."""

    word: ClaimWord
    reason: str | None = None


NOT_MEASURED = ClaimVerdict(ClaimWord.INCONCLUSIVE, "not measured")

CLAIMS = (
    Claim(
        "C++ serves 50 % more requests/s (its own figures: 83 %)",
        "throughput_rps",
        "1.83",
        lambda low, high: low <= 1.83 and high >= 1.5,
        lambda low, high: low > 1.83 or high < 1.5,
        lambda low, _high: low > 1.83,
    ),
    Claim(
        "the mean response time is about the same",
        "latency_mean_ms",
        "0.98",
        lambda low, high: low >= ABOUT_THE_SAME[0] and high <= ABOUT_THE_SAME[1],
        lambda low, high: low > ABOUT_THE_SAME[1] or high < ABOUT_THE_SAME[0],
    ),
    PlainClaim(
        "the minimum response time is almost zero for both",
        "latency_min_ms",
        " ms",
        "0 ms; 1 ms",
        lambda value: value <= ALMOST_ZERO_MS,
        has_generators_time=True,
    ),
    Claim(
        "C++ has about half the maximum response time",
        "latency_max_ms",
        "0.42",
        lambda low, high: low <= 0.5 <= high or low <= 0.42 <= high,
        lambda low, high: low > 0.5 or high < 0.42,
        lambda _low, high: high < 0.42,
    ),
    PlainClaim("neither made an error", "errors_total", " errors", "0; 0", lambda value: value == 0),
    Claim(
        "C++ uses far less memory",
        MEMORY,
        "0.16",
        lambda _low, high: high < 0.5,
        lambda low, _high: low > 0.5,
    ),
)


def judge_ratio(claim: Claim, contrast: Contrast | None, words: Sequence[VerdictWord]) -> ClaimVerdict:
    """Judge a claim by our contrast; `words` are the verdicts of C++ and FastAPI."""
    if contrast is None or contrast.ratio.low is None or contrast.ratio.high is None:
        return ClaimVerdict(ClaimWord.INCONCLUSIVE, "too few blocks")
    low, high = contrast.ratio.low, contrast.ratio.high
    limited = _limited(claim, contrast, words)
    if limited is not None:
        return limited
    if claim.holds(low, high):
        return ClaimVerdict(ClaimWord.REPLICATED)
    if claim.is_refuted(low, high):
        return ClaimVerdict(ClaimWord.NOT_REPLICATED, EXCEEDED if claim.is_exceeded(low, high) else None)
    return ClaimVerdict(ClaimWord.INCONCLUSIVE, "the interval is too wide")


def _limited(claim: Claim, contrast: Contrast, words: Sequence[VerdictWord]) -> ClaimVerdict | None:
    """Why the ratio is not of the servers alone; None where it is, as far as is known."""
    compared = metric_of(claim.metric).compared
    match compared:
        case None | Comparable.ALWAYS:
            return None
        case Comparable.CAPACITIES:
            if contrast.verdict.word.is_bound:
                return _by_bound(claim, contrast)
            if VerdictWord.GENERATOR_BOUND in words:
                return ClaimVerdict(ClaimWord.GENERATOR_BOUND, "no bound either, as not both are capacities")
        case Comparable.HELD_RATES:
            if VerdictWord.GENERATOR_BOUND in words:
                return ClaimVerdict(ClaimWord.GENERATOR_BOUND, GENERATORS_TIME)
        case _:
            assert_never(compared)
    return ClaimVerdict(ClaimWord.INCONCLUSIVE, UNKNOWN_LIMIT) if any(word.is_undecided for word in words) else None


def _by_bound(claim: Claim, contrast: Contrast) -> ClaimVerdict:
    """A bound decides only what lies wholly beyond it."""
    word, low, high = contrast.verdict.word, contrast.ratio.low or 0.0, contrast.ratio.high or math.inf
    beyond = (low, math.inf) if word is ContrastWord.LOWER_BOUND else (0.0, high)
    if claim.is_refuted(*beyond):
        return ClaimVerdict(ClaimWord.NOT_REPLICATED, EXCEEDED if claim.is_exceeded(*beyond) else None)
    return ClaimVerdict(ClaimWord.GENERATOR_BOUND, str(word))


def judge_plain(claim: PlainClaim, values: Sequence[float | None], words: Sequence[VerdictWord]) -> ClaimVerdict:
    """Judge a claim by both figures; `values` and `words` are of C++ and FastAPI."""
    if any(value is None for value in values):
        return NOT_MEASURED
    failing = [word for word, value in zip(words, values, strict=True) if value is not None and not claim.holds(value)]
    if claim.has_generators_time and failing and set(failing) == {VerdictWord.GENERATOR_BOUND}:
        return ClaimVerdict(ClaimWord.GENERATOR_BOUND, GENERATORS_TIME)
    return ClaimVerdict(ClaimWord.NOT_REPLICATED if failing else ClaimWord.REPLICATED)
