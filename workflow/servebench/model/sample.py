"""A sample of what a model is asked: its columns are the contract's, its rows the payloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from servebench.errors import ServebenchError
from servebench.model.contract import BEYOND_FLOAT32, Column
from servebench.model.definition import CSV
from servebench.words import ColumnType

MOST_COLUMNS = 10_000
MOST_ROWS = 100_000
MOST_NAMED = 5


@dataclass(frozen=True)
class Sample:
    """Columns with their types, and rows as JSON has them: numbers, booleans, texts and None."""

    columns: tuple[Column, ...]
    rows: list[list[Any]]


def read_sample(path: Path) -> Sample:
    """Read a CSV or Parquet file; raises ServebenchError where it is empty or holds what JSON does not."""
    frame = _read_frame(path)
    if frame.empty:
        raise ServebenchError(f"{path} holds no rows: give a sample of what the model is asked")
    if len(frame.columns) > MOST_COLUMNS:
        raise ServebenchError(f"{path} has {len(frame.columns):,} columns: at most {MOST_COLUMNS:,} make a request")
    frame.columns = frame.columns.map(str)
    columns = tuple(_column(path, name, frame[name]) for name in frame.columns)
    if len(frame) > MOST_ROWS:
        # Rows at even distances stand for all.
        frame = frame.iloc[np.linspace(0, len(frame) - 1, MOST_ROWS).astype(np.int64)]
    values = [_values(column, frame[column.name]) for column in columns]
    return Sample(columns, [list(row) for row in zip(*values, strict=True)])


def _read_frame(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() == CSV:
            # In parts, pandas would guess a type for each of them.
            return pd.read_csv(path, low_memory=False)
        return pd.read_parquet(path)
    except pd.errors.EmptyDataError:
        raise ServebenchError(f"{path} is empty: give a sample of what the model is asked") from None
    except (ValueError, OSError) as error:
        # pandas' and pyarrow's own errors are kinds of ValueError.
        raise ServebenchError(f"{path} cannot be read: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """What an exception says, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _column(path: Path, name: str, values: "pd.Series[Any]") -> Column:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        # Of the type of its categories, whichever of them the sample has.
        plain = _plain_column(path, name, pd.Series(dtype.categories.tolist()))
        update = {"categories": tuple(dtype.categories.tolist()), "is_ordered": bool(dtype.ordered)}
        return plain.model_copy(update={**update, "has_null": bool(values.isna().any())})
    return _plain_column(path, name, values)


def _plain_column(path: Path, name: str, values: "pd.Series[Any]") -> Column:
    found = values.dropna()
    has_null = len(found) < len(values)
    if found.empty or (pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)):
        if (np.abs(found.to_numpy(dtype=np.float64)) >= BEYOND_FLOAT32).any():
            raise ServebenchError(f"{path}: column '{name}' holds a number that is not finite in float32")
        return Column(name=name, type=ColumnType.NUMBER, has_null=has_null)
    # A column of booleans or texts with missing values is one of objects.
    kinds = {type(value) for value in found.tolist()}
    if kinds == {bool}:
        return Column(name=name, type=ColumnType.BOOLEAN, has_null=has_null)
    if kinds == {str}:
        return Column(name=name, type=ColumnType.TEXT, has_null=has_null)
    words = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise ServebenchError(
        f"{path}: column '{name}' holds {words}: a request carries numbers, booleans and texts, one kind a column"
    )


def _values(column: Column, values: "pd.Series[Any]") -> list[Any]:
    """The values as JSON writes them; whole numbers without a decimal point."""
    missing = values.isna().tolist()
    plain = values.tolist()
    if column.type is ColumnType.NUMBER:
        return [None if gone else plain_number(float(value)) for value, gone in zip(plain, missing, strict=True)]
    return [None if gone else value for value, gone in zip(plain, missing, strict=True)]


def plain_number(value: float) -> int | float:
    """A number as a client would write it: a whole one without a decimal point."""
    return int(value) if value.is_integer() else value


def require_columns(path: Path, columns: tuple[Column, ...], estimator: Any) -> None:
    """Raise ServebenchError where the sample's columns are not those that the estimator was trained on."""
    trained_on = names_of(estimator)
    names = [column.name for column in columns]
    if trained_on is not None:
        missing = [name for name in trained_on if name not in names]
        if missing:
            raise ServebenchError(f"{path} lacks columns of the model, {named(missing)}: add them")
        extra = [name for name in names if name not in trained_on]
        if extra:
            raise ServebenchError(
                f"{path} has columns that the model was not trained on, {named(extra)}: leave them out, as the target"
            )
        return
    count = _n_features_of(estimator)
    if count is not None and count != len(names):
        raise ServebenchError(
            f"{path} has {len(names)} columns, the model was trained on {count}: give the same "
            "(the target is no feature)"
        )


def names_of(estimator: Any) -> tuple[str, ...] | None:
    """The names of the frame that an estimator was trained on, None where it was an array."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        found = _catboost_names(estimator)
        # Of an array it names the places.
        names = None if found == [str(place) for place in range(len(found))] else found
    return None if names is None else tuple(str(name) for name in names)


def _n_features_of(estimator: Any) -> int | None:
    # CatBoost says 0 by scikit-learn's word, whatever it was trained on.
    return getattr(estimator, "n_features_in_", None) or len(_catboost_names(estimator)) or None


def _catboost_names(estimator: Any) -> list[str]:
    return list(getattr(estimator, "feature_names_", None) or [])


def named(names: Sequence[str]) -> str:
    """Names of columns, the first of many."""
    shown = ", ".join(f"'{name}'" for name in names[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED} others" if len(names) > MOST_NAMED else "")
