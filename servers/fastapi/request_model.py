"""The request's model: a row, or several; each exactly one value a column, of its type."""

from collections.abc import Sequence
from typing import Annotated, Any

from columns import Column
from limits import BEYOND_FLOAT32
from pydantic import BaseModel, FailFast, Field, StrictBool, StrictStr, create_model

Number = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-BEYOND_FLOAT32, lt=BEYOND_FLOAT32)]
TYPES: dict[str, Any] = {"number": Number, "boolean": StrictBool, "text": StrictStr}


def request_model(columns: Sequence[Column]) -> type[BaseModel]:
    """The model for rows of these columns; of `features` and `rows` the one that is not given is None, null is refused.

    That just one is given is for the handler to say: a validator in Python costs more.
    """
    row = _row(columns)
    rows = Annotated[list[row], FailFast(), Field(min_length=1)]  # type: ignore[valid-type]
    return create_model("PredictRequest", features=(row, None), rows=(rows, None))


def _row(columns: Sequence[Column]) -> Any:
    types = [TYPES[column.type] | None if column.has_null else TYPES[column.type] for column in columns]
    if len({(column.type, column.has_null) for column in columns}) == 1:
        # A list is read faster than a tuple of as many types.
        return Annotated[list[types[0]], Field(min_length=len(columns), max_length=len(columns))]  # type: ignore[valid-type]
    return tuple[tuple(types)]  # type: ignore[misc]
