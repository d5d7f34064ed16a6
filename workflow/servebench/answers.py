"""When an answer is the golden answer."""

from typing import Any

TOLERANCE = 1e-12
# Golden answer k belongs to input 10 k of the pool: a tenth of all answers can be compared at any time.
GOLDEN_STEP = 10


def answer_differs(answer: Any, expected: dict[str, Any]) -> bool:
    """Whether a prediction differs from the golden one: labels equal, numbers within 1e-12."""
    if not isinstance(answer, dict) or answer.keys() != expected.keys():
        return True
    if "probabilities" not in expected:
        return not _is_close(answer["prediction"], expected["prediction"])
    probabilities = answer["probabilities"]
    return (
        answer["prediction"] != expected["prediction"]
        or not isinstance(probabilities, list)
        or len(probabilities) != len(expected["probabilities"])
        or not all(map(_is_close, probabilities, expected["probabilities"]))
    )


def _is_close(value: Any, expected: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value - expected) <= TOLERANCE * max(1.0, abs(expected))
