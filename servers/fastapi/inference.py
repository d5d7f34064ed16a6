"""The ways to ask the model: scikit-learn, its compiled library, or ONNX Runtime."""

import ctypes
import hashlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from columns import Column, number_columns, read_columns
from inputs import Rows, input_maker


class Inference(Protocol):
    """A loaded model."""

    columns: list[Column]
    model_hash: str

    def predict(self, features: Sequence[Any]) -> dict[str, Any]:
        """The answer to one row, as the contract writes it; ValueError where the model does not take its values."""

    def predict_rows(self, rows: Rows) -> dict[str, Any]:
        """The answer to several rows; ValueError where the model does not take their values."""


def answer_to_row(prediction: Any, probabilities: list[float] | None) -> dict[str, Any]:
    """The answer to one row, as the contract writes it."""
    return {"prediction": prediction} | ({} if probabilities is None else {"probabilities": probabilities})


def answer_to_rows(predictions: list[Any], probabilities: list[list[float]] | None) -> dict[str, Any]:
    """The answer to several rows."""
    return {"predictions": predictions} | ({} if probabilities is None else {"probabilities": probabilities})


class AskedTogether(ABC):
    """What answers all rows by one call."""

    @abstractmethod
    def ask(self, rows: Rows) -> tuple[list[Any], list[Any] | None]:
        """Predictions and probabilities of all rows by one call: what a call costs is paid once."""

    def predict(self, features: Sequence[Any]) -> dict[str, Any]:
        predictions, probabilities = self.ask([features])
        return answer_to_row(predictions[0], None if probabilities is None else probabilities[0])

    def predict_rows(self, rows: Rows) -> dict[str, Any]:
        return answer_to_rows(*self.ask(rows))


class SklearnInference(AskedTogether):
    """What most people deploy: the estimator itself."""

    def __init__(self, folder: Path) -> None:
        # Imported here: the compiled inference must not pay for scikit-learn's memory.
        import joblib

        path = folder / "model.joblib"
        self.estimator = joblib.load(path)
        self.model_hash = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.columns = read_columns(manifest)
        self.classes = manifest["classes"]
        self.predicts_most_probable = manifest.get("predicts_most_probable", True)
        self.to_inputs = input_maker(self.columns, manifest.get("trained_on"))

    def ask(self, rows: Rows) -> tuple[list[Any], list[Any] | None]:
        """By one call of the estimator; by a second one where it predicts another class than the most probable."""
        inputs = self.to_inputs(rows)
        if self.classes is None:
            return self.estimator.predict(inputs).tolist(), None
        probabilities = self.estimator.predict_proba(inputs)
        if not self.predicts_most_probable:
            return self.estimator.predict(inputs).tolist(), probabilities.tolist()
        most_probable = np.argmax(probabilities, axis=1).tolist()
        return [self.classes[place] for place in most_probable], probabilities.tolist()


class CompiledInference:
    """The library that the C++ servers link, called through ctypes."""

    def __init__(self, folder: Path) -> None:
        self.library = ctypes.CDLL(str((folder / "libservebench_model.so").resolve()))
        self.library.servebench_model_hash.restype = ctypes.c_char_p
        self.columns = [
            replace(column, has_null=bool(self.library.servebench_takes_null(place)))
            for place, column in enumerate(number_columns(self.library.servebench_n_features()))
        ]
        self.has_null = any(column.has_null for column in self.columns)
        self.model_hash = self.library.servebench_model_hash().decode()
        self.is_classifier = bool(self.library.servebench_is_classifier())
        n_outputs = self.library.servebench_n_outputs()
        self.labels = [int(self.library.servebench_class_label(i)) for i in range(n_outputs)]
        self.row_type = ctypes.c_double * len(self.columns)
        self.outputs = (ctypes.c_double * n_outputs)()

    def predict(self, features: Sequence[Any]) -> dict[str, Any]:
        if len(features) != len(self.columns):
            # ctypes would fill a short row with zeros.
            raise ValueError(f"a row has {len(self.columns)} features, not {len(features)}")
        if self.has_null:
            features = [
                math.nan if value is None and column.has_null else value
                for value, column in zip(features, self.columns, strict=True)
            ]
        best = self.library.servebench_predict(self.row_type(*features), self.outputs)
        if not self.is_classifier:
            return {"prediction": self.outputs[0]}
        return {"prediction": self.labels[best], "probabilities": self.outputs[:]}

    def predict_rows(self, rows: Rows) -> dict[str, Any]:
        # The library takes one row a call.
        answers = [self.predict(row) for row in rows]
        probabilities = [answer["probabilities"] for answer in answers] if self.is_classifier else None
        return answer_to_rows([answer["prediction"] for answer in answers], probabilities)


def load_inference(kind: str, folder: Path) -> Inference:
    """Load the model in `folder` for the inference `kind`: sklearn, compiled or onnx."""
    if kind == "onnx":
        # Imported here: the others must not pay for its memory.
        from onnx_inference import OnnxInference

        return OnnxInference(folder)
    return SklearnInference(folder) if kind == "sklearn" else CompiledInference(folder)
