"""When an answer is the golden answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from servebench.protocol.pointer import resolve

TOLERANCE = 1e-12
# How the answer to several rows calls what the answer to one holds.
PLURALS = {"prediction": "predictions", "probabilities": "probabilities"}
# Golden answer k belongs to input 10 k of the pool: a tenth of all answers can be compared at any time.
GOLDEN_STEP = 10


def answer_differs(answer: Any, expected: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether an answer, or a part of one, differs from the golden one: labels equal, numbers within the tolerance."""
    return not _is_same(answer, expected, tolerance)


def is_right(body: bytes, golden: Mapping[str, Any]) -> bool:
    """Whether a body is JSON that holds a golden answer."""
    try:
        return not strays(json.loads(body), golden)
    except ValueError:
        return False


def strays(answer: Any, golden: Mapping[str, Any]) -> bool:
    """Whether an answer is wrong, or holds nothing, at one of the JSON pointers of its golden answer."""
    try:
        return any(answer_differs(resolve(answer, pointer), expected) for pointer, expected in golden.items())
    except LookupError:
        return True


def answer_of_rows(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer to several rows in one request, from the answers to each of them."""
    return {PLURALS[key]: [answer[key] for answer in answers] for key in answers[0]}


def _is_same(value: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(expected, dict):
        is_alike = isinstance(value, dict) and value.keys() == expected.keys()
        return is_alike and all(_is_same(value[key], wanted, tolerance) for key, wanted in expected.items())
    if isinstance(expected, list):
        if not isinstance(value, list) or len(value) != len(expected):
            return False
        return all(_is_same(one, other, tolerance) for one, other in zip(value, expected, strict=True))
    if isinstance(expected, bool | str) or expected is None:
        return type(value) is type(expected) and value == expected
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value - expected) <= tolerance * max(1.0, abs(expected))
