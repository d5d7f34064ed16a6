"""The model as ONNX, asked by ONNX Runtime."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from columns import read_columns
from inference import AskedTogether
from inputs import Rows


class OnnxInference(AskedTogether):
    """A session whose threads, inputs and outputs the model's manifest names; it computes in float32."""

    def __init__(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        layout = manifest["onnx"]
        self.columns = read_columns(manifest)
        self.model_hash = manifest["model_hash"]
        self.session = _open(folder / "model.onnx", manifest["threads"])
        self.makers = [(one["name"], _maker(one, len(self.columns))) for one in layout["inputs"]]
        self.outputs = [name for name in (layout["prediction"], layout["probabilities"]) if name is not None]
        self.labels = layout["labels"]
        # A label may come back as another type: an int for a bool.
        self.known = {label: label for label in self.labels or []}
        self.is_array = layout["is_array"]
        self.has_maps = layout["has_maps"]

    def ask(self, rows: Rows) -> tuple[list[Any], list[Any] | None]:
        """By one run of the session."""
        predicted, *rest = self.session.run(self.outputs, {name: make(rows) for name, make in self.makers})
        predictions = predicted.tolist() if self.is_array else predicted.ravel().tolist()
        if self.labels is not None:
            predictions = [self.known[label] for label in predictions]
        if not rest:
            return predictions, None
        if self.has_maps:
            return predictions, [[row[label] for label in self.labels] for row in rest[0]]
        return predictions, rest[0].tolist()


def _open(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _maker(one: Mapping[str, Any], n_columns: int) -> Callable[[Rows], Any]:
    """From rows to the values of one input; a missing number becomes not-a-number."""
    dtype, places = np.dtype(one["dtype"]), one["places"]
    if places == list(range(n_columns)):
        return lambda rows: np.array(rows, dtype=dtype)
    return lambda rows: np.array([[row[place] for place in places] for row in rows], dtype=dtype)
