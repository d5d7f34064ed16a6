"""An ONNX model with scikit-learn's interface: what asks an estimator can ask it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from servebench.errors import ServebenchError
from servebench.onnx.layout import OnnxInput, OnnxLayout
from servebench.onnx.session import open_session


class OnnxEstimator:
    """A model's bytes and its layout; it takes an array, or a frame in the order of its inputs.

    `names` are those of its inputs where each takes one column, None where it takes a matrix.
    """

    def __init__(
        self, content: bytes, layout: OnnxLayout, names: Sequence[str] | None = None, threads: int = 1
    ) -> None:
        self.content = content
        self.layout = layout
        self.threads = threads
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = sum(one.width for one in layout.inputs)
        self._session: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """A session cannot be saved."""
        return {**self.__dict__, "_session": None}

    @property
    def classes_(self) -> np.ndarray[Any, Any] | None:
        """The labels in the order of the probabilities, None where there are none."""
        if self.layout.probabilities is None or self.layout.labels is None:
            return None
        return np.array(self.layout.labels)

    def predict(self, inputs: Any) -> np.ndarray[Any, Any]:
        """A label or a number a row, or an array of numbers."""
        found = np.asarray(self._run(self.layout.prediction, inputs))
        if self.layout.is_array:
            return found
        if self.layout.labels is None:
            return found.ravel()
        known = {label: label for label in self.layout.labels}
        labels = np.empty(found.size, dtype=object)
        labels[:] = [known[label] for label in found.ravel().tolist()]
        return labels

    def predict_proba(self, inputs: Any) -> np.ndarray[Any, Any]:
        """One probability a class."""
        assert self.layout.probabilities is not None
        assert self.layout.labels is not None
        found = self._run(self.layout.probabilities, inputs)
        if not self.layout.has_maps:
            return np.asarray(found)
        return np.array([[row[label] for label in self.layout.labels] for row in found])

    def _run(self, output: str, inputs: Any) -> Any:
        if self._session is None:
            self._session = open_session(self.content, self.threads)
        return self._session.run([output], self._feeds(np.asarray(inputs)))[0]

    def _feeds(self, values: np.ndarray[Any, Any]) -> dict[str, Any]:
        feeds, start = {}, 0
        for one in self.layout.inputs:
            feeds[one.name] = _as_sent(one, values[:, start : start + one.width])
            start += one.width
        return feeds


def _as_sent(one: OnnxInput, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if one.dtype != "object":
        return values.astype(np.float64).astype(one.dtype)
    if any(not isinstance(value, str) for value in values.ravel().tolist()):
        raise ServebenchError(f"its input '{one.name}' takes texts, and no missing ones: fill them in the sample")
    return values.astype(object)
