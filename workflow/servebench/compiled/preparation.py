"""The steps in front of an estimator, as C expressions of a request's features."""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

from servebench.build.request import TAKES_EVERY_MODEL, Unavailable


def cannot_compile(reason: str) -> Unavailable:
    """Why the compiled inference cannot take a model, and which inference can."""
    return Unavailable(f"the compiled inference {reason}", TAKES_EVERY_MODEL, is_of_model=True)


def literal(value: float) -> str:
    """A double as a C literal that reads back to the same bits."""
    return float(value).hex()


def is_passed_through(step: Any) -> bool:
    """Whether a step leaves its columns as they are."""
    # What a fitted ColumnTransformer passes through is a function that is none.
    is_identity = type(step) is FunctionTransformer and step.func is None
    return step is None or is_identity or (isinstance(step, str) and step == "passthrough")


def prepare(name: str, step: Any, columns: Sequence[str]) -> list[str]:
    """The expressions behind a step, from those before it; raises Unavailable, with its name, where it has none.

    Every operation is scikit-learn's, in its order, so that the results are the same to the last bit.
    """
    if is_passed_through(step):
        return list(columns)
    if type(step) is Pipeline:
        for inner, part in step.steps:
            columns = prepare(inner, part, columns)
        return list(columns)
    if type(step) is ColumnTransformer and step.transformer_weights is None:
        return _transform_columns(step, columns)
    for known in (_scale, _impute, _encode):
        found = known(step, columns)
        if found is not None:
            return found
    raise cannot_compile(f"has no {_describe(step)} (step '{name}')")


def _describe(step: Any) -> str:
    if type(step) is OneHotEncoder and not _is_of_numbers(step.categories_):
        return "OneHotEncoder of texts"
    if type(step) is SimpleImputer and not _is_of_numbers([step.statistics_]):
        return "SimpleImputer of texts"
    if type(step) is OneHotEncoder and step.handle_unknown != "ignore":
        return f"OneHotEncoder(handle_unknown='{step.handle_unknown}')"
    return type(step).__name__


def _is_of_numbers(arrays: Sequence[Any]) -> bool:
    # A constant's statistics are objects, whatever they are.
    return all(isinstance(value, Real) for array in arrays for value in np.asarray(array).tolist())


def _transform_columns(step: ColumnTransformer, columns: Sequence[str]) -> list[str]:
    chosen = step._transformer_to_input_indices
    found: list[str] = []
    for name, part, _ in step.transformers_:
        if not (isinstance(part, str) and part == "drop"):
            found += prepare(name, part, [columns[index] for index in chosen[name]])
    return found


def _scale(step: Any, columns: Sequence[str]) -> list[str] | None:
    if type(step) is StandardScaler:
        return _shift_and_divide(
            columns, step.mean_ if step.with_mean else None, step.scale_ if step.with_std else None
        )
    if type(step) is RobustScaler and not step.unit_variance:
        return _shift_and_divide(columns, step.center_, step.scale_)
    if type(step) is MaxAbsScaler and not getattr(step, "clip", False):
        return _shift_and_divide(columns, None, step.scale_)
    if type(step) is MinMaxScaler and not step.clip:
        factors = zip(columns, step.scale_, step.min_, strict=True)
        return [f"({column} * {literal(scale)} + {literal(low)})" for column, scale, low in factors]
    return None


def _shift_and_divide(columns: Sequence[str], shift: Any, divisor: Any) -> list[str]:
    found = list(columns)
    if shift is not None:
        found = [f"({column} - {literal(value)})" for column, value in zip(found, shift, strict=True)]
    if divisor is not None:
        found = [f"({column} / {literal(value)})" for column, value in zip(found, divisor, strict=True)]
    return found


def _impute(step: Any, columns: Sequence[str]) -> list[str] | None:
    """A null is not-a-number. A column that was always empty has no statistic and is dropped; indicators come last."""
    if type(step) is not SimpleImputer or not _is_of_numbers([step.statistics_]):
        return None
    if not isinstance(step.missing_values, float) or not np.isnan(step.missing_values):
        return None
    pairs = zip(columns, step.statistics_, strict=True)
    filled = [f"(isnan({column}) ? {literal(value)} : {column})" for column, value in pairs if not np.isnan(value)]
    told = step.indicator_.features_ if step.add_indicator else ()
    return filled + [_is_null(columns[place]) for place in told]


def _is_null(column: str) -> str:
    return f"(isnan({column}) ? 1.0 : 0.0)"


def _encode(step: Any, columns: Sequence[str]) -> list[str] | None:
    """One column a category; a number that is none of them is zero in all."""
    if type(step) is not OneHotEncoder or step.handle_unknown != "ignore":
        return None
    if step.min_frequency is not None or step.max_categories is not None or not _is_of_numbers(step.categories_):
        return None
    dropped = [None] * len(columns) if step.drop_idx_ is None else step.drop_idx_
    return [
        f"({column} == {literal(value)} ? 1.0 : 0.0)" if not np.isnan(value) else _is_null(column)
        for column, categories, left_out in zip(columns, step.categories_, dropped, strict=True)
        for place, value in enumerate(categories)
        if place != left_out
    ]
