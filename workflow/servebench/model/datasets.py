"""The data sets that scikit-learn carries."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

FloatArray = NDArray[np.float64]
MAX_DECIMALS = 9


@dataclass(frozen=True)
class Dataset:
    """Features (rows x features, float64), target (rows) and whether the target is a class."""

    name: str
    features: FloatArray
    target: NDArray[Any]
    is_classification: bool


def load_dataset(name: str) -> Dataset:
    """Load a data set by name, in its own units."""
    if name == "digits":
        features, target = load_digits(return_X_y=True)
    elif name == "breast_cancer":
        features, target = load_breast_cancer(return_X_y=True)
    elif name == "diabetes":
        # scaled=False: the original units, whose precision a client would send.
        features, target = load_diabetes(return_X_y=True, scaled=False)
    else:
        raise ValueError(f"unknown data set {name!r}")
    return Dataset(name, features.astype(np.float64), target, name != "diabetes")


def feature_decimals(features: FloatArray) -> list[int]:
    """Per feature, the fewest decimals that write every value of the data set exactly."""
    return [_column_decimals(column) for column in features.T]


def _column_decimals(column: FloatArray) -> int:
    for decimals in range(MAX_DECIMALS):
        if np.array_equal(np.round(column, decimals), column):
            return decimals
    return MAX_DECIMALS
