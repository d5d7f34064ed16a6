"""What an ONNX model takes and gives: its inputs, and in which of its outputs an answer stands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class OnnxInput:
    """One input: its name, what its values are sent as, and how many columns it takes."""

    name: str
    dtype: str
    width: int


@dataclass(frozen=True)
class OnnxLayout:
    """The inputs, each with the next columns of the training's order, and the outputs.

    `labels` are what a prediction may be, None where it is a number; `is_array` says that one row's prediction is an
    array, and `has_maps` that each row's probabilities are a map from label to probability (skl2onnx's ZipMap).
    """

    inputs: tuple[OnnxInput, ...]
    prediction: str
    probabilities: str | None = None
    labels: tuple[bool | int | float | str, ...] | None = None
    is_array: bool = False
    has_maps: bool = False

    def as_manifest(self, order: Sequence[int]) -> dict[str, Any]:
        """What a server reads: each input with the places of its columns in a request; `order` is the training's."""
        inputs, start = [], 0
        for one in self.inputs:
            inputs.append({"name": one.name, "dtype": one.dtype, "places": list(order[start : start + one.width])})
            start += one.width
        return {**asdict(self), "inputs": inputs}
