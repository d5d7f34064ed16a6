"""The two ways to ask the model: scikit-learn, or its compiled library."""

import ctypes
import hashlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np


class Inference(Protocol):
    """A loaded model."""

    n_features: int
    model_hash: str

    def predict(self, features: list[float]) -> dict[str, Any]:
        """The answer to one row, as the contract writes it."""


class SklearnInference:
    """What most people deploy: the estimator itself."""

    def __init__(self, folder: Path) -> None:
        # Imported here: the compiled inference must not pay for scikit-learn's memory.
        import joblib

        path = folder / "model.joblib"
        self.estimator = joblib.load(path)
        self.n_features = int(self.estimator.n_features_in_)
        self.model_hash = hashlib.sha256(path.read_bytes()).hexdigest()
        self.is_classifier = hasattr(self.estimator, "predict_proba")

    def predict(self, features: list[float]) -> dict[str, Any]:
        row = np.asarray([features], dtype=np.float64)
        if not self.is_classifier:
            return {"prediction": float(self.estimator.predict(row)[0])}
        probabilities = self.estimator.predict_proba(row)[0]
        label = self.estimator.classes_[np.argmax(probabilities)]
        return {"prediction": int(label), "probabilities": probabilities.tolist()}


class CompiledInference:
    """The library that the C++ servers link, called through ctypes."""

    def __init__(self, folder: Path) -> None:
        self.library = ctypes.CDLL(str((folder / "libservebench_model.so").resolve()))
        self.library.servebench_model_hash.restype = ctypes.c_char_p
        self.n_features = int(self.library.servebench_n_features())
        self.model_hash = self.library.servebench_model_hash().decode()
        self.is_classifier = bool(self.library.servebench_is_classifier())
        n_outputs = self.library.servebench_n_outputs()
        self.labels = [int(self.library.servebench_class_label(i)) for i in range(n_outputs)]
        self.row_type = ctypes.c_double * self.n_features
        self.outputs = (ctypes.c_double * n_outputs)()

    def predict(self, features: list[float]) -> dict[str, Any]:
        best = self.library.servebench_predict(self.row_type(*features), self.outputs)
        if not self.is_classifier:
            return {"prediction": self.outputs[0]}
        return {"prediction": self.labels[best], "probabilities": self.outputs[:]}


def load_inference(kind: str, folder: Path) -> Inference:
    """Load the model in `folder` for the inference `kind`, sklearn or compiled."""
    return SklearnInference(folder) if kind == "sklearn" else CompiledInference(folder)
