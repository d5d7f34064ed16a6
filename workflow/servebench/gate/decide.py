"""Whether a rule is kept, from where the true figure lies: the one place that decides."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from servebench.gate.rule import Comparison
from servebench.words import GateWord


@dataclass(frozen=True)
class Evidence:
    """A figure as it is shown, between which ends the true one lies, and why an end is open or nothing is known."""

    text: str
    low: float = -math.inf
    high: float = math.inf
    reason: str = ""


def decide(comparison: Comparison, limit: float, low: float, high: float) -> GateWord:
    """Passed where every value from `low` to `high` keeps the limit, failed where every one breaks it."""
    if _all_keep(comparison, limit, low, high):
        return GateWord.PASSED
    return GateWord.FAILED if _all_break(comparison, limit, low, high) else GateWord.UNDECIDED


def _all_keep(comparison: Comparison, limit: float, low: float, high: float) -> bool:
    match comparison:
        case Comparison.AT_LEAST:
            return low >= limit
        case Comparison.AT_MOST:
            return high <= limit
        case Comparison.MORE:
            return low > limit
        case Comparison.LESS:
            return high < limit
        case Comparison.EQUAL:
            return low == high == limit
        case _:
            assert_never(comparison)


def _all_break(comparison: Comparison, limit: float, low: float, high: float) -> bool:
    match comparison:
        case Comparison.AT_LEAST:
            return high < limit
        case Comparison.AT_MOST:
            return low > limit
        case Comparison.MORE:
            return high <= limit
        case Comparison.LESS:
            return low >= limit
        case Comparison.EQUAL:
            return high < limit or low > limit
        case _:
            assert_never(comparison)


def all_together(words: Sequence[GateWord]) -> GateWord:
    """What several decisions are together: failed where one failed, else undecided where one is."""
    for word in (GateWord.FAILED, GateWord.UNDECIDED):
        if word in words:
            return word
    return GateWord.PASSED
