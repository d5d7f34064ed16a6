"""The shared library of a model, called from Python."""

import ctypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HEADER = Path(__file__).with_name("servebench_model.h")
SHARED_LIBRARY = "libservebench_model.so"
STATIC_LIBRARY = "libservebench_model.a"


@dataclass(frozen=True)
class CompiledModel:
    """A loaded library with its dimensions."""

    library: ctypes.CDLL
    n_features: int
    n_outputs: int

    @classmethod
    def load(cls, path: Path) -> "CompiledModel":
        """Load the library at `path`; raises OSError where it cannot be loaded."""
        library = ctypes.CDLL(str(path.resolve()))
        library.servebench_predict.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        library.servebench_predict.restype = ctypes.c_int32
        return cls(library, library.servebench_n_features(), library.servebench_n_outputs())

    def predict(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Labels (rows) and outputs (rows x outputs) of `rows` (rows x features, float64)."""
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        outputs = np.zeros((rows.shape[0], self.n_outputs))
        labels = np.empty(rows.shape[0], dtype=np.int64)
        for index in range(rows.shape[0]):
            best = self.library.servebench_predict(rows[index].ctypes.data, outputs[index].ctypes.data)
            labels[index] = self.library.servebench_class_label(best)
        return labels, outputs
