"""From a row of features to what the estimator was trained on: an array, or a frame with its names."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from columns import Column

ToInput = Callable[[Sequence[Any]], Any]


def input_maker(columns: Sequence[Column], trained_on: Sequence[str] | None) -> ToInput:
    """The way for these columns; `trained_on` are the names of the frame in its order, None for an array."""
    if trained_on is not None:
        return _frame_maker(columns, list(trained_on))
    return _to_objects if any(column.type == "text" for column in columns) else _to_numbers


def _to_numbers(features: Sequence[Any]) -> Any:
    # None becomes not-a-number.
    return np.asarray([features], dtype=np.float64)


def _to_objects(features: Sequence[Any]) -> Any:
    return np.array([[np.nan if value is None else value for value in features]], dtype=object)


def _frame_maker(columns: Sequence[Column], trained_on: list[str]) -> ToInput:
    # Imported here: who was trained on an array must not pay for pandas' memory.
    from pandas import DataFrame, Index

    places = {column.name: place for place, column in enumerate(columns)}
    order = [places[name] for name in trained_on]
    if all(column.type == "number" for column in columns):
        names = Index(trained_on)
        if order == list(range(len(columns))):
            return lambda features: DataFrame(_to_numbers(features), columns=names)
        return lambda features: DataFrame(_to_numbers([features[place] for place in order]), columns=names)
    makers = [(name, place, _cell_maker(columns[place])) for name, place in zip(trained_on, order, strict=True)]
    return lambda features: DataFrame({name: make(features[place]) for name, place, make in makers})


def _cell_maker(column: Column) -> Callable[[Any], Any]:
    """A column of one value, as pandas reads it from a file: a missing one is not-a-number."""
    if column.type == "number":
        return lambda value: np.array([value], dtype=np.float64)
    if column.type == "boolean" and not column.has_null:
        return lambda value: np.array([value], dtype=np.bool_)
    return lambda value: np.array([np.nan if value is None else value], dtype=object)
