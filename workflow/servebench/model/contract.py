"""A model's contract: which rows it takes and how it answers, as its manifest says."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from servebench.files import read_json
from servebench.paths import MANIFEST
from servebench.words import ColumnType

# Beyond it a number is infinite in float32, which tree models compute with: 2^128 - 2^103.
BEYOND_FLOAT32 = 2.0**128 - 2.0**103
# The largest finite number in float32.
LARGEST_FLOAT32 = 2.0**128 - 2.0**104


class Column(BaseModel):
    """One feature of a row: its name, its type and whether null may stand for it.

    `categories` are those of pandas' dtype `category`, in its order, where the sample has it: what a frame is made
    with; `is_ordered` is what it says of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    type: ColumnType = ColumnType.NUMBER
    has_null: bool = False
    categories: tuple[bool | int | float | str, ...] | None = None
    is_ordered: bool = False

    def takes(self, value: Any) -> bool:
        """Whether a value of a request may stand here."""
        if value is None:
            return self.has_null
        if self.categories is not None and value not in self.categories:
            return False
        if self.type is ColumnType.TEXT:
            return isinstance(value, str)
        if self.type is ColumnType.BOOLEAN:
            return isinstance(value, bool)
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < BEYOND_FLOAT32

    @property
    def label(self) -> str:
        """The type in words."""
        kind = str(self.type) if self.categories is None else f"{self.type} of {len(self.categories)} categories"
        return f"{kind} or null" if self.has_null else kind


class ModelContract(BaseModel):
    """The columns in the order of a request's features, and what an answer holds.

    `trained_on` are the names of the frame that the estimator was trained on, in its order, None where it was an array.
    `classes` are the labels in the order of the probabilities, None where there are none; `predicts_most_probable`
    says whether the prediction is always the most probable of them. `takes_largest` is False where the estimator has
    no finite answer to the largest number of float32 in its first column of numbers.
    """

    model_config = ConfigDict(frozen=True)
    columns: tuple[Column, ...]
    trained_on: tuple[str, ...] | None = None
    classes: tuple[bool | int | float | str, ...] | None = None
    predicts_most_probable: bool = True
    takes_largest: bool = True

    @property
    def training_order(self) -> list[int]:
        """Of each column, in the training's order, its place in a row."""
        places = {column.name: place for place, column in enumerate(self.columns)}
        return [places[name] for name in self.trained_on or places]

    @classmethod
    def of_numbers(cls, names: Sequence[str], **answers: Any) -> "ModelContract":
        """The contract of a model whose features are all numbers."""
        return cls(columns=tuple(Column(name=name) for name in names), **answers)

    @classmethod
    def of_manifest(cls, manifest: Mapping[str, Any]) -> "ModelContract":
        """The contract in a manifest; models of before had numbers only and said no more than how many."""
        if "columns" in manifest:
            return cls.model_validate(manifest)
        names = [f"feature {number}" for number in range(1, manifest["n_features"] + 1)]
        return cls.of_numbers(names, classes=manifest["classes"])

    @classmethod
    def read(cls, folder: Path) -> "ModelContract":
        """The contract of the model in `folder`."""
        return cls.of_manifest(read_json(folder / MANIFEST))
