"""A row that a model takes, of which the contract's cases are made: the one place that knows what its columns allow."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from servebench.model.contract import LARGEST_FLOAT32, Column, ModelContract
from servebench.words import ColumnType

BODY_LIMIT_BYTES = 1024 * 1024
OVERSIZED = "$OVERSIZED"


@dataclass(frozen=True)
class ValidRow:
    """The values of a valid row, and the contract of its model."""

    values: Sequence[Any]
    contract: ModelContract

    @classmethod
    def of_numbers(cls, values: Sequence[float]) -> "ValidRow":
        """A row of numbers."""
        return cls(values, ModelContract.of_numbers([f"feature {place}" for place in range(1, len(values) + 1)]))

    def can_fill(self, template: str) -> bool:
        """Whether a case makes sense for this model: null is no mistake where every column has it."""
        return all(make(self) is not None for name, make in PLACEHOLDERS.items() if name in template)

    def fill(self, template: str) -> str:
        """Replace the placeholders of a body by arrays made from this row."""
        for name, make in PLACEHOLDERS.items():
            if name in template:
                values = make(self)
                assert values is not None, f"{name} has no meaning for this model"
                template = template.replace(name, f"[{','.join(values)}]")
        return template.replace(OVERSIZED, f"[{'0,' * BODY_LIMIT_BYTES}0]")

    @property
    def written(self) -> list[str]:
        """The values as JSON."""
        return [json.dumps(value) for value in self.values]


def _valid(row: ValidRow) -> list[str] | None:
    return row.written


def _short(row: ValidRow) -> list[str] | None:
    return row.written[1:]


def _long(row: ValidRow) -> list[str] | None:
    return [*row.written, "0"]


def _with(text: str, fits: Callable[[Column], bool], row: ValidRow) -> list[str] | None:
    """The row with another value in the first column that it fits; None where there is no such column."""
    places = [place for place, column in enumerate(row.contract.columns) if fits(column)]
    return [text if place == places[0] else value for place, value in enumerate(row.written)] if places else None


def _is_number(column: Column) -> bool:
    return column.type is ColumnType.NUMBER


def _is_no_text(column: Column) -> bool:
    return column.type is not ColumnType.TEXT


def _is_no_boolean(column: Column) -> bool:
    return column.type is not ColumnType.BOOLEAN


def _has_no_null(column: Column) -> bool:
    return not column.has_null


def _largest(row: ValidRow) -> list[str] | None:
    """Some estimators have no finite answer to it: an encoder that never saw it, a square that overflows."""
    return _with(json.dumps(LARGEST_FLOAT32), _is_number, row) if row.contract.takes_largest else None


PLACEHOLDERS: dict[str, Callable[[ValidRow], list[str] | None]] = {
    "$VALID": _valid,
    "$SHORT": _short,
    "$LONG": _long,
    "$TEXT": partial(_with, '"1"', _is_no_text),
    "$NULL": partial(_with, "null", _has_no_null),
    "$BOOLEAN": partial(_with, "true", _is_no_boolean),
    "$INFINITE": partial(_with, "1e999", _is_number),
    "$LARGEST": _largest,
    "$BEYOND": partial(_with, "-1e39", _is_number),
    "$NAN": partial(_with, "NaN", _is_number),
}
