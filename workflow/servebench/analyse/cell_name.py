"""The name of a cell, as tables and folders carry it."""

from dataclasses import dataclass
from typing import Any

from servebench.analyse.pairs import Point
from servebench.analyse.rows import CELL
from servebench.load_point import LoadPoint, parse_load_point


@dataclass(frozen=True)
class CellName:
    """What names a cell, in the order of the tables."""

    model: str
    system: str
    generator: str
    load_point: str

    @classmethod
    def of(cls, row: Any) -> "CellName":
        """That of a row of trials or cells."""
        return cls(*(str(row[name]) for name in CELL))

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """Model, system, generator and load point."""
        return self.model, self.system, self.generator, self.load_point

    @property
    def point(self) -> Point:
        """Where it meets other systems."""
        return self.model, self.generator, self.load_point

    @property
    def load(self) -> LoadPoint:
        """Its load."""
        return parse_load_point(self.load_point)
