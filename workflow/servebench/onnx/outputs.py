"""In which outputs of an ONNX model its answer stands, and which labels it may be."""

from collections.abc import Sequence
from typing import Any

from servebench.errors import ServebenchError
from servebench.onnx.layout import OnnxInput, OnnxLayout

LABELS = ("tensor(int64)", "tensor(string)")
NUMBERS = ("tensor(float)", "tensor(double)")
MAPS = ("seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))")
# Attributes of ONNX's own classifiers, and of ZipMap.
CLASS_ATTRIBUTES = {"classlabels_ints", "classlabels_int64s", "classlabels_strings"}


def find_layout(content: bytes, inputs: tuple[OnnxInput, ...], outputs: Sequence[Any]) -> OnnxLayout:
    """The layout of a model with these outputs; raises ServebenchError where none is an answer.

    A label is an answer, with the probabilities behind it if there are any; else the first output is, a plain tensor:
    of one column a number, of several an array.
    """
    first = outputs[0]
    if first.type in LABELS:
        probabilities = next((output for output in outputs[1:] if output.type in (*NUMBERS, *MAPS)), None)
        labels = _class_labels(content)
        if probabilities is not None and labels is None and first.type == "tensor(int64)":
            labels = _numbered(probabilities)
        if probabilities is None or labels is None or not _fits(probabilities, labels):
            return OnnxLayout(inputs, first.name)
        return OnnxLayout(inputs, first.name, probabilities.name, labels, has_maps=probabilities.type in MAPS)
    if first.type in NUMBERS:
        return OnnxLayout(inputs, first.name, is_array=len(first.shape) > 1 and first.shape[-1] != 1)
    raise ServebenchError(f"its first output '{first.name}' is {first.type}: an answer is a label or numbers")


def _class_labels(content: bytes) -> tuple[int | str, ...] | None:
    import onnx

    for node in onnx.load_from_string(content).graph.node:
        for attribute in node.attribute:
            if attribute.name in CLASS_ATTRIBUTES and (attribute.ints or attribute.strings):
                return tuple(attribute.ints) or tuple(text.decode() for text in attribute.strings)
    return None


def _numbered(probabilities: Any) -> tuple[int, ...] | None:
    """Classes without names are their numbers."""
    if probabilities.type in MAPS or not isinstance(probabilities.shape[-1], int):
        return None
    return tuple(range(probabilities.shape[-1]))


def _fits(probabilities: Any, labels: Sequence[Any]) -> bool:
    """Whether there is one a label, as far as the file says."""
    width = None if probabilities.type in MAPS else probabilities.shape[-1]
    return not isinstance(width, int) or width == len(labels)
