"""When an answer is the golden answer."""

from typing import Any

TOLERANCE = 1e-12
# Golden answer k belongs to input 10 k of the pool: a tenth of all answers can be compared at any time.
GOLDEN_STEP = 10


def answer_differs(answer: Any, expected: dict[str, Any]) -> bool:
    """Whether a prediction differs from the golden one: labels equal, numbers within 1e-12."""
    if not isinstance(answer, dict) or answer.keys() != expected.keys():
        return True
    return not all(_is_same(answer[key], value) for key, value in expected.items())


def _is_same(value: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return isinstance(value, list) and len(value) == len(expected) and all(map(_is_same, value, expected))
    if isinstance(expected, bool | str):
        return type(value) is type(expected) and value == expected
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value - expected) <= TOLERANCE * max(1.0, abs(expected))
