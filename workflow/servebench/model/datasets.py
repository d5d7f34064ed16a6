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
    """Features (rows x features, float64) with their names, target (rows) and whether the target is a class."""

    name: str
    names: list[str]
    features: FloatArray
    target: NDArray[Any]
    is_classification: bool


def load_dataset(name: str) -> Dataset:
    """Load a data set by name, in its own units."""
    if name == "digits":
        loaded = load_digits()
    elif name == "breast_cancer":
        loaded = load_breast_cancer()
    elif name == "diabetes":
        # scaled=False: the original units, whose precision a client would send.
        loaded = load_diabetes(scaled=False)
    else:
        raise ValueError(f"unknown data set {name!r}")
    names = [str(feature) for feature in loaded.feature_names]
    return Dataset(name, names, loaded.data.astype(np.float64), loaded.target, name != "diabetes")


def feature_decimals(features: FloatArray) -> list[int]:
    """Per feature, the fewest decimals that write every value of the data set exactly."""
    return [_column_decimals(column) for column in features.T]


def _column_decimals(column: FloatArray) -> int:
    for decimals in range(MAX_DECIMALS):
        if np.array_equal(np.round(column, decimals), column):
            return decimals
    return MAX_DECIMALS
