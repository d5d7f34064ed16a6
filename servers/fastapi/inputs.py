"""From rows of features to what the estimator was trained on: an array, or a frame with its names."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from columns import Column

Rows = Sequence[Sequence[Any]]
ToInputs = Callable[[Rows], Any]


def input_maker(columns: Sequence[Column], trained_on: Sequence[str] | None) -> ToInputs:
    """The way for these columns; `trained_on` are the names of the frame in its order, None for an array."""
    if trained_on is not None:
        return _frame_maker(columns, list(trained_on))
    return _to_objects if any(column.type == "text" for column in columns) else _to_numbers


def _to_numbers(rows: Rows) -> Any:
    # None becomes not-a-number.
    return np.asarray(rows, dtype=np.float64)


def _to_objects(rows: Rows) -> Any:
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=object)


def _frame_maker(columns: Sequence[Column], trained_on: list[str]) -> ToInputs:
    # Imported here: who was trained on an array must not pay for pandas' memory.
    from pandas import DataFrame, Index

    places = {column.name: place for place, column in enumerate(columns)}
    order = [places[name] for name in trained_on]
    if all(column.type == "number" and column.categories is None for column in columns):
        names = Index(trained_on)
        if order == list(range(len(columns))):
            return lambda rows: DataFrame(_to_numbers(rows), columns=names)
        return lambda rows: DataFrame(_to_numbers(rows)[:, order], columns=names)
    makers = [(name, place, _values_maker(columns[place])) for name, place in zip(trained_on, order, strict=True)]
    return lambda rows: DataFrame({name: make([row[place] for row in rows]) for name, place, make in makers})


def _values_maker(column: Column) -> Callable[[list[Any]], Any]:
    """A column's values, as pandas reads them from a file: a missing one is not-a-number."""
    if column.categories is not None:
        return _category_maker(column)
    if column.type == "number":
        return lambda values: np.array(values, dtype=np.float64)
    if column.type == "boolean" and not column.has_null:
        return lambda values: np.array(values, dtype=np.bool_)
    return lambda values: np.array([np.nan if value is None else value for value in values], dtype=object)


def _category_maker(column: Column) -> Callable[[list[Any]], Any]:
    """The same dtype as in the training: some estimators look at its codes."""
    from pandas import Categorical, CategoricalDtype

    known = list(column.categories or [])
    dtype = CategoricalDtype(known, ordered=column.is_ordered)

    def make(values: list[Any]) -> Any:
        unknown = [value for value in values if value is not None and value not in known]
        if unknown:
            # pandas would take it for a missing value.
            raise ValueError(f"{unknown[0]!r} is no category of column '{column.name}'")
        return Categorical(values, dtype=dtype)

    return make
