"""The payload pool: random inputs, their JSON bodies and the answers that are expected."""

import json
from typing import Any

import numpy as np

from servebench.model.datasets import Dataset, FloatArray, feature_decimals

POOL_SIZE = 10_000


def draw_inputs(dataset: Dataset, decimals: str, seed: int, count: int = POOL_SIZE) -> FloatArray:
    """`count` rows drawn uniformly inside each feature's range.

    `decimals` "data" rounds to the data set's own decimals, "full" keeps the whole float64.
    Returns an array of shape (count, features).
    """
    low, high = dataset.features.min(axis=0), dataset.features.max(axis=0)
    rows = np.random.default_rng(seed).uniform(low, high, size=(count, low.size))
    if decimals == "full":
        return rows
    for column, places in enumerate(feature_decimals(dataset.features)):
        rows[:, column] = np.clip(np.round(rows[:, column], places), low[column], high[column])
    return rows


def to_body(row: FloatArray) -> str:
    """One request's JSON body; whole numbers are written without a decimal point."""
    return json.dumps({"features": [_number(float(value)) for value in row]}, separators=(",", ":"))


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def to_answers(estimator: Any, rows: FloatArray, is_classification: bool) -> list[dict[str, Any]]:
    """What a server must answer to each row, as the contract writes it."""
    if not is_classification:
        return [{"prediction": float(value)} for value in estimator.predict(rows)]
    labels = estimator.predict(rows)
    probabilities = estimator.predict_proba(rows)
    return [
        {"prediction": int(label), "probabilities": [float(p) for p in line]}
        for label, line in zip(labels, probabilities, strict=True)
    ]
