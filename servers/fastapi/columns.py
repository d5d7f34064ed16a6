"""What a row of features holds, as the model's manifest says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """One feature: its name, its type (number, boolean or text), whether null may stand for it, and its categories."""

    name: str
    type: str = "number"
    has_null: bool = False
    categories: Sequence[Any] | None = None
    is_ordered: bool = False


def number_columns(count: int) -> list[Column]:
    """As many columns of numbers."""
    return [Column(f"feature {number}") for number in range(1, count + 1)]


def read_columns(manifest: Mapping[str, Any]) -> list[Column]:
    """The columns in a model's manifest; models of before had numbers only and said no more than how many."""
    if "columns" not in manifest:
        return number_columns(manifest["n_features"])
    return [Column(**column) for column in manifest["columns"]]
