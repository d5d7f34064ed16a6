"""compare.json: two studies set against each other, as data; workflow/schemas/comparison.schema.json describes it."""

from pydantic import BaseModel, ConfigDict, Field

from servebench.analyse.cell_name import CellName
from servebench.words import ChangeWord


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(_Strict):
    """An estimate with its interval; no ends where there are too few repeats or cells."""

    estimate: float
    low: float | None
    high: float | None


class Figure(_Strict):
    """A cell's figure in one study; a lower bound where the true one may be any larger, an upper one any smaller."""

    range: Range | None = Field(description="null: the study does not tell it")
    is_lower_bound: bool = False
    is_upper_bound: bool = False


class Ratio(_Strict):
    """A ratio, and what may be said of the change."""

    range: Range | None
    word: ChangeWord
    reason: str


class Change(_Strict):
    """One figure of a cell, from A to B."""

    metric: str = Field(description="a column of tables/cells.csv")
    is_primary: bool = Field(description="the one figure of its loop by which systems are claimed to differ")
    a: Figure
    b: Figure
    ratio: Ratio = Field(description="B over A: two campaigns, so that what they have in common is in it")
    relative: Ratio = Field(description="the same over the shift of the other systems that both studies have")


class CellChange(_Strict):
    """A cell that both studies have measured."""

    cell: CellName
    verdict_a: str
    verdict_b: str
    changes: list[Change]


class Shift(_Strict):
    """What the systems of both studies have in common: the geometric mean of B over A over their cells."""

    metric: str
    range: Range
    cells: int
    systems: list[str]


class Difference(_Strict):
    """What differs around the figures."""

    kind: str
    name: str
    systems: list[str] = Field(description="of which systems; empty: of the study")
    a: str | None
    b: str | None


class Side(_Strict):
    """One of the two studies."""

    study: str
    machine: str
    measured_from: str
    measured_to: str
    campaigns: list[str]


class Comparison(_Strict):
    """Study B against study A."""

    a: Side
    b: Side
    confidence: float = Field(description="of every ratio's interval")
    smallest_effect: float
    smallest_effect_memory: float
    shifts: list[Shift]
    cells: list[CellChange]
    only_a: list[CellName]
    only_b: list[CellName]
    differences: list[Difference]
