"""Whether a rule is kept, from where the true figure lies: the one place that decides."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from servebench.gate.rule import Operator
from servebench.words import GateWord


@dataclass(frozen=True)
class Evidence:
    """A figure as it is shown, between which ends the true one lies, and why an end is open or nothing is known."""

    text: str
    low: float = -math.inf
    high: float = math.inf
    reason: str = ""


def decide(operator: Operator, limit: float, low: float, high: float) -> GateWord:
    """Passed where every value from `low` to `high` keeps the limit, failed where every one breaks it."""
    if _all_keep(operator, limit, low, high):
        return GateWord.PASSED
    return GateWord.FAILED if _all_break(operator, limit, low, high) else GateWord.UNDECIDED


def _all_keep(operator: Operator, limit: float, low: float, high: float) -> bool:
    match operator:
        case Operator.AT_LEAST:
            return low >= limit
        case Operator.AT_MOST:
            return high <= limit
        case Operator.MORE:
            return low > limit
        case Operator.LESS:
            return high < limit
        case Operator.EQUAL:
            return low == high == limit
        case _:
            assert_never(operator)


def _all_break(operator: Operator, limit: float, low: float, high: float) -> bool:
    match operator:
        case Operator.AT_LEAST:
            return high < limit
        case Operator.AT_MOST:
            return low > limit
        case Operator.MORE:
            return high <= limit
        case Operator.LESS:
            return low >= limit
        case Operator.EQUAL:
            return high < limit or low > limit
        case _:
            assert_never(operator)


def all_together(words: Sequence[GateWord]) -> GateWord:
    """What several decisions are together: failed where one failed, else undecided where one is."""
    for word in (GateWord.FAILED, GateWord.UNDECIDED):
        if word in words:
            return word
    return GateWord.PASSED
