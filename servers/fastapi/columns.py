"""What a row of features holds, as the model's manifest says, and the request's model that is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from limits import BEYOND_FLOAT32
from pydantic import BaseModel, Field, StrictBool, StrictStr, create_model

Number = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-BEYOND_FLOAT32, lt=BEYOND_FLOAT32)]
TYPES: dict[str, Any] = {"number": Number, "boolean": StrictBool, "text": StrictStr}


@dataclass(frozen=True)
class Column:
    """One feature: its name, its type (number, boolean or text) and whether null may stand for it."""

    name: str
    type: str = "number"
    has_null: bool = False

    @property
    def annotation(self) -> Any:
        """What pydantic reads it as."""
        return TYPES[self.type] | None if self.has_null else TYPES[self.type]


def number_columns(count: int) -> list[Column]:
    """As many columns of numbers."""
    return [Column(f"feature {number}") for number in range(1, count + 1)]


def read_columns(manifest: Mapping[str, Any]) -> list[Column]:
    """The columns in a model's manifest; models of before had numbers only and said no more than how many."""
    if "columns" not in manifest:
        return number_columns(manifest["n_features"])
    return [Column(**column) for column in manifest["columns"]]


def request_model(columns: Sequence[Column]) -> type[BaseModel]:
    """The request's model: exactly one value a column, each of its type."""
    return create_model("PredictRequest", features=(_row(columns), ...))


def _row(columns: Sequence[Column]) -> Any:
    annotations = [column.annotation for column in columns]
    if len({(column.type, column.has_null) for column in columns}) == 1:
        # A list is read faster than a tuple of as many types.
        return Annotated[list[annotations[0]], Field(min_length=len(columns), max_length=len(columns))]  # type: ignore[valid-type]
    return tuple[tuple(annotations)]  # type: ignore[misc]
