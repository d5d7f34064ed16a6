"""The two ways to ask the model: scikit-learn, or its compiled library."""

import ctypes
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from columns import Column, number_columns, read_columns
from inputs import input_maker


class Inference(Protocol):
    """A loaded model."""

    columns: list[Column]
    model_hash: str

    def predict(self, features: Sequence[Any]) -> dict[str, Any]:
        """The answer to one row, as the contract writes it; ValueError where the model does not take its values."""


class SklearnInference:
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
        self.to_input = input_maker(self.columns, manifest.get("trained_on"))

    def predict(self, features: Sequence[Any]) -> dict[str, Any]:
        row = self.to_input(features)
        if self.classes is None:
            return {"prediction": self.estimator.predict(row).tolist()[0]}
        probabilities = self.estimator.predict_proba(row)[0]
        if self.predicts_most_probable:
            label = self.classes[np.argmax(probabilities)]
        else:
            label = self.estimator.predict(row).tolist()[0]
        return {"prediction": label, "probabilities": probabilities.tolist()}


class CompiledInference:
    """The library that the C++ servers link, called through ctypes."""

    def __init__(self, folder: Path) -> None:
        self.library = ctypes.CDLL(str((folder / "libservebench_model.so").resolve()))
        self.library.servebench_model_hash.restype = ctypes.c_char_p
        self.columns = number_columns(int(self.library.servebench_n_features()))
        self.model_hash = self.library.servebench_model_hash().decode()
        self.is_classifier = bool(self.library.servebench_is_classifier())
        n_outputs = self.library.servebench_n_outputs()
        self.labels = [int(self.library.servebench_class_label(i)) for i in range(n_outputs)]
        self.row_type = ctypes.c_double * len(self.columns)
        self.outputs = (ctypes.c_double * n_outputs)()

    def predict(self, features: Sequence[Any]) -> dict[str, Any]:
        best = self.library.servebench_predict(self.row_type(*features), self.outputs)
        if not self.is_classifier:
            return {"prediction": self.outputs[0]}
        return {"prediction": self.labels[best], "probabilities": self.outputs[:]}


def load_inference(kind: str, folder: Path) -> Inference:
    """Load the model in `folder` for the inference `kind`, sklearn or compiled."""
    return SklearnInference(folder) if kind == "sklearn" else CompiledInference(folder)
