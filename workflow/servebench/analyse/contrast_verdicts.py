"""What may be claimed of the ratio of two systems, and why: three answers against the smallest effect.

Each claim is of the true ratio: `different`, it lies beyond the smallest effect; `the same`, it lies within it. Either
needs the whole interval there, so that each is false in at most 5 % of the studies, whatever the true ratio is. An
interval that merely excludes 1 claims neither: enough repeats find any difference, also one that nobody would notice.
"""

from dataclasses import dataclass
from typing import assert_never

from servebench.analyse.statistics import MOST_REPEATS, Interval, repeats_for
from servebench.thresholds import LEAST_REPEATS, MOST_SHARE_OF_CAPACITY, SMALLEST_EFFECT
from servebench.words import Comparable, ContrastWord, VerdictWord

FIRST_LIMITED = "the generator limited the first"
SECOND_LIMITED = "the generator limited the second"


@dataclass(frozen=True)
class Resolution:
    """Two figures in ms, and how far the instrument may be off in them."""

    figures_ms: tuple[float, float]
    resolution_ms: float

    @property
    def why_not_different(self) -> str | None:
        """Why they may not be called different; None where they may."""
        difference_ms = abs(self.figures_ms[0] - self.figures_ms[1])
        if difference_ms >= self.resolution_ms:
            return None
        return f"{difference_ms:.2g} ms apart, below the resolution of {self.resolution_ms:.2g} ms"

    def why_not_same(self, effect: float) -> str | None:
        """Why they may not be called the same within an effect, a share; None where they may."""
        if self.resolution_ms <= effect * min(self.figures_ms):
            return None
        return f"the resolution of {self.resolution_ms:.2g} ms is coarser than {effect * 100:g} %"


@dataclass(frozen=True)
class ContrastEvidence:
    """What a contrast is judged on: the ratio with its interval (None: there is none, with the reason) and the cells.

    `words` are the verdicts of both cells. `crowded` names the system for which the common rate is too large a share of
    its own capacity, where that is known. `effect` is the smallest one, as a share. `spread` is the standard deviation
    of the ratios' logarithms. `p_holm` is, of a primary figure, p adjusted for its `family` of so many pairs.
    """

    compared: Comparable
    ratio: Interval | None
    no_ratio: str | None
    words: tuple[VerdictWord | None, VerdictWord | None]
    crowded: str | None = None
    effect: float = SMALLEST_EFFECT
    confidence: float = 0.95
    spread: float | None = None
    p_holm: float | None = None
    family: int = 1
    resolution: Resolution | None = None


@dataclass(frozen=True)
class ContrastVerdict:
    """The word and the reason."""

    word: ContrastWord
    reason: str

    @property
    def turned(self) -> "ContrastVerdict":
        """The verdict of the inverse ratio."""
        reason = self.reason
        for ours, others in ((FIRST_LIMITED, SECOND_LIMITED), (SECOND_LIMITED, FIRST_LIMITED)):
            if self.reason.startswith(ours):
                reason = others + self.reason.removeprefix(ours)
        return ContrastVerdict(self.word.turned, reason)


def contrast_verdict(evidence: ContrastEvidence) -> ContrastVerdict:
    """What may be claimed of a ratio: first whether the two figures compare at all, then what the interval says."""
    if evidence.ratio is None:
        return _undecided(evidence.no_ratio or "not measured")
    incomparable = why_incomparable(evidence.compared, evidence.words, evidence.crowded)
    return incomparable or _within_resolution(evidence, _by_interval(evidence, evidence.ratio))


def why_incomparable(
    compared: Comparable, words: tuple[VerdictWord | None, VerdictWord | None], crowded: str | None
) -> ContrastVerdict | None:
    """Why two figures do not compare, or bound the ratio only; None where they compare."""
    match compared:
        case Comparable.ALWAYS:
            return None
        case Comparable.CAPACITIES:
            return _of_capacities(*words)
        case Comparable.HELD_RATES:
            if crowded is not None:
                return _undecided(f"above {MOST_SHARE_OF_CAPACITY * 100:.0f} % of {crowded}'s capacity")
            if not all(word is not None and word.holds_rate for word in words):
                return _undecided("not both hold the rate")
            return None
        case _:
            assert_never(compared)


def _undecided(reason: str) -> ContrastVerdict:
    return ContrastVerdict(ContrastWord.UNDECIDED, reason)


def _of_capacities(first: VerdictWord | None, second: VerdictWord | None) -> ContrastVerdict | None:
    first_is_capacity, second_is_capacity = (word is not None and word.is_capacity for word in (first, second))
    if first_is_capacity and second_is_capacity:
        return None
    if first is VerdictWord.GENERATOR_BOUND and second_is_capacity:
        return ContrastVerdict(ContrastWord.LOWER_BOUND, FIRST_LIMITED)
    if second is VerdictWord.GENERATOR_BOUND and first_is_capacity:
        return ContrastVerdict(ContrastWord.UPPER_BOUND, SECOND_LIMITED)
    return _undecided("not both are capacities")


def _by_interval(evidence: ContrastEvidence, ratio: Interval) -> ContrastVerdict:
    if ratio.low is None or ratio.high is None:
        return _undecided(f"fewer than {LEAST_REPEATS} blocks")
    most = 1 + evidence.effect
    effect = f"{evidence.effect * 100:g} %"
    if ratio.low >= 1 / most and ratio.high <= most:
        return ContrastVerdict(ContrastWord.SAME, f"the interval lies within {effect} of 1")
    if ratio.low <= 1 <= ratio.high:
        return _undecided(f"they may be the same, or differ by more than {effect}{_repeats(evidence, ratio)}")
    if evidence.p_holm is not None and evidence.p_holm >= 1 - evidence.confidence:
        return _undecided(f"not sure enough for one of {evidence.family} pairs (p = {evidence.p_holm:.2g} by Holm)")
    if ratio.low > most or ratio.high < 1 / most:
        return ContrastVerdict(ContrastWord.DIFFERENT, f"the interval lies more than {effect} from 1")
    return _undecided(f"they differ, but perhaps by less than {effect}{_repeats(evidence, ratio)}")


def _repeats(evidence: ContrastEvidence, ratio: Interval) -> str:
    """How many repeats an interval takes that is as narrow as the smallest effect, where this one is wider."""
    half_width = ratio.half_width
    if evidence.spread is None or half_width is None or half_width <= evidence.effect:
        return ""
    count = repeats_for(evidence.spread, evidence.effect, evidence.confidence)
    text = f"more than {MOST_REPEATS:,}" if count is None else f"about {count:,}"
    return f"; ±{evidence.effect * 100:g} % takes {text} repeats"


def _within_resolution(evidence: ContrastEvidence, verdict: ContrastVerdict) -> ContrastVerdict:
    """The verdict, as far as the instrument tells the two figures apart."""
    if evidence.resolution is None:
        return verdict
    hidden = None
    if verdict.word is ContrastWord.DIFFERENT:
        hidden = evidence.resolution.why_not_different
    elif verdict.word is ContrastWord.SAME:
        hidden = evidence.resolution.why_not_same(evidence.effect)
    return verdict if hidden is None else _undecided(hidden)
