"""How far an ONNX model, which computes in float32, is from the estimator that it was made of."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from servebench.thresholds import FLOAT32_TOLERANCE, MOST_OTHER_ANSWERS


class Float32Parity(BaseModel):
    """What was compared on the whole payload pool: labels that flip, and answers with a number beyond the tolerance."""

    model_config = ConfigDict(frozen=True)
    inputs: int
    flipped_labels: int
    beyond_tolerance: int
    largest_difference: float
    tolerance: float = FLOAT32_TOLERANCE

    @property
    def is_passed(self) -> bool:
        """Whether so few answers are others that the model counts as the same."""
        return max(self.flipped_labels, self.beyond_tolerance) <= MOST_OTHER_ANSWERS * self.inputs

    def describe(self) -> str:
        """The finding in a few words."""
        beyond = f" but for {self.beyond_tolerance:,}" if self.beyond_tolerance else ""
        return (
            f"within {self.tolerance:g} of the estimator (float32){beyond}, "
            f"{self.flipped_labels:,} of {self.inputs:,} labels flip"
        )


def compare(found: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]) -> Float32Parity:
    """Compare answers to the same rows; numbers beyond 1 are compared relatively."""
    flipped = beyond = 0
    largest = 0.0
    for one, other in zip(found, expected, strict=True):
        difference = _difference(_numbers(one), _numbers(other))
        flipped += _label(one) != _label(other)
        beyond += not difference <= FLOAT32_TOLERANCE
        largest = max(largest, difference)
    return Float32Parity(
        inputs=len(expected), flipped_labels=flipped, beyond_tolerance=beyond, largest_difference=largest
    )


def _label(answer: Mapping[str, Any]) -> Any:
    """The prediction where it is a label: numbers with a fraction are compared within the tolerance."""
    return None if _is_number(answer["prediction"]) else answer["prediction"]


def _is_number(prediction: Any) -> bool:
    return isinstance(prediction, float) or (isinstance(prediction, list) and any(map(_is_number, prediction)))


def _numbers(answer: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    predicted: list[float] = np.ravel(answer["prediction"]).tolist() if _is_number(answer["prediction"]) else []
    return np.array([*predicted, *answer.get("probabilities", [])], dtype=np.float64)


def _difference(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> float:
    if found.shape != expected.shape:
        return float("inf")
    return float(np.max(np.abs(found - expected) / np.maximum(1.0, np.abs(expected)), initial=0.0))
