"""From rows of features to what the estimator was trained on: an array, or a frame with its names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from servebench.model.contract import Column, ModelContract
from servebench.words import ColumnType


def to_inputs(contract: ModelContract, rows: Sequence[Sequence[Any]]) -> Any:
    """An array of shape (rows, columns), or a frame in the order that the estimator was trained in."""
    if contract.trained_on is not None:
        values = zip(contract.columns, zip(*rows, strict=True), strict=True)
        frame = pd.DataFrame({column.name: _values(column, given) for column, given in values})
        return frame[list(contract.trained_on)]
    if any(column.type is ColumnType.TEXT for column in contract.columns):
        return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=object)
    # None becomes not-a-number.
    return np.array(rows, dtype=np.float64)


def _values(column: Column, given: Sequence[Any]) -> Any:
    """One column as pandas reads it from a file: a missing value is not-a-number."""
    if column.categories is not None:
        return pd.Categorical(given, categories=list(column.categories), ordered=column.is_ordered)
    if column.type is ColumnType.NUMBER:
        return np.array(given, dtype=np.float64)
    if column.type is ColumnType.BOOLEAN and not column.has_null:
        return np.array(given, dtype=np.bool_)
    values = np.empty(len(given), dtype=object)
    values[:] = [np.nan if value is None else value for value in given]
    return values
