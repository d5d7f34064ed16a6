"""The payload pool: the rows that are asked, and their JSON bodies."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from servebench.errors import ServebenchError
from servebench.model.contract import Column
from servebench.model.datasets import Dataset, FloatArray, feature_decimals
from servebench.model.sample import Sample, plain_number
from servebench.words import ColumnType

POOL_SIZE = 10_000
# A generator keeps the whole pool in memory: of wide rows there are fewer.
MOST_VALUES = 5_000_000


def draw_inputs(dataset: Dataset, decimals: str, seed: int, count: int = POOL_SIZE) -> FloatArray:
    """`count` rows drawn uniformly inside each feature's range.

    `decimals` "data" rounds to the data set's own decimals, "full" keeps the whole float64.
    Returns an array of shape (count, features).
    """
    return _draw_numbers(dataset.features, decimals, np.random.default_rng(seed), count)


def _draw_numbers(known: FloatArray, decimals: str, generator: np.random.Generator, count: int) -> FloatArray:
    low, high = known.min(axis=0), known.max(axis=0)
    rows = generator.uniform(low, high, size=(count, low.size))
    if decimals == "full":
        return rows
    for column, places in enumerate(feature_decimals(known)):
        rows[:, column] = np.clip(np.round(rows[:, column], places), low[column], high[column])
    return rows


def pool_size(n_columns: int) -> int:
    """How many rows of so many columns a pool has."""
    return max(1, min(POOL_SIZE, MOST_VALUES // n_columns))


def draw_rows(sample: Sample, seed: int, count: int = POOL_SIZE) -> list[list[Any]]:
    """`count` rows of the sample, each as likely as any other."""
    return [sample.rows[index] for index in np.random.default_rng(seed).integers(len(sample.rows), size=count)]


def draw_values(sample: Sample, decimals: str, seed: int, count: int = POOL_SIZE) -> list[list[Any]]:
    """`count` rows of values drawn column by column.

    Numbers lie inside their column's range, booleans and texts are some of its own, and null is as frequent as there.
    """
    generator = np.random.default_rng(seed)
    columns = [
        _draw_column(column, [row[index] for row in sample.rows], decimals, generator, count)
        for index, column in enumerate(sample.columns)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _draw_column(
    column: Column, seen: Sequence[Any], decimals: str, generator: np.random.Generator, count: int
) -> list[Any]:
    known = [value for value in seen if value is not None]
    if not known:
        return [None] * count
    if column.type is ColumnType.NUMBER:
        numbers = _draw_numbers(np.array(known, dtype=np.float64)[:, None], decimals, generator, count)
        drawn = [plain_number(float(value)) for value in numbers[:, 0]]
    else:
        drawn = [known[index] for index in generator.integers(len(known), size=count)]
    is_null = generator.random(count) >= len(known) / len(seen)
    return [None if null else value for value, null in zip(drawn, is_null, strict=True)]


def read_replay(path: Path, columns: Sequence[Column]) -> tuple[list[str], list[list[Any]]]:
    """The bodies of a file of requests, a line each, and their rows; raises ServebenchError where one is not valid."""
    bodies = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not bodies:
        raise ServebenchError(f"{path} holds no requests: write one JSON body a line")
    return bodies, [_replayed(f"{path}, request {number}", body, columns) for number, body in enumerate(bodies, 1)]


def _replayed(place: str, body: str, columns: Sequence[Column]) -> list[Any]:
    try:
        features = json.loads(body)["features"]
    except (ValueError, KeyError, TypeError):
        raise ServebenchError(f'{place}: this is no body such as {{"features": [..]}}') from None
    if not isinstance(features, list) or len(features) != len(columns):
        raise ServebenchError(f"{place}: features must be an array of {len(columns)} values, as the sample has columns")
    for column, value in zip(columns, features, strict=True):
        if not column.takes(value):
            raise ServebenchError(
                f"{place}: {json.dumps(value)} for column '{column.name}', which is {column.label} in the sample"
            )
    return features


def to_body(row: Sequence[Any]) -> str:
    """One request's JSON body; whole numbers are written without a decimal point."""
    return json.dumps({"features": [_plain(value) for value in row]}, separators=(",", ":"))


def _plain(value: Any) -> Any:
    return plain_number(float(value)) if isinstance(value, float) else value
