"""What a figure rests on: how many repeats, and what kept it from being larger."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.rows import POINT
from servebench.config import Config
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.tails import counted_repeats
from servebench.words import Loop, VerdictWord


@dataclass(frozen=True)
class Basis:
    """How many of the `measured` repeats counted, what was the `limit`, and who the `sender` of the load.

    The limit is empty where a throughput's verdict does not say it. Of so many closed `loads` its own is the one at
    which most systems show their capacity.
    """

    repeats: int
    measured: int
    limit: str
    sender: str
    loads: int

    @property
    def repeats_text(self) -> str:
        """`1 repeat`, `5 repeats`, `4 of 5 repeats`."""
        if self.repeats < self.measured:
            return f"{self.repeats:,} of {self.measured:,} repeats"
        return "1 repeat" if self.repeats == 1 else f"{self.repeats:,} repeats"


def basis_of(cells: pd.DataFrame, found: Conclusion, config: Config) -> Basis:
    """That of a figure, which is of one of these cells."""
    kind = config.generator_catalogue[found.generator].kind
    name = (found.systems[0], *found.point)
    row = next(row for _, row in cells.iterrows() if (row["system"], *(row[part] for part in POINT)) == name)
    measured = int(row["repeats"])
    return Basis(
        counted_repeats(row) or measured, measured, _limit(row), kind.named(found.generator), _loads(cells, row)
    )


def _loads(cells: pd.DataFrame, row: Any) -> int:
    alike = cells[(cells["repeats"] > 0) & (cells["generator"] == row["generator"]) & (cells["loop"] == row["loop"])]
    return int(alike["load_point"].nunique()) if row["loop"] == Loop.CLOSED else 1


def _limit(row: Any) -> str:
    word = VerdictWord.of(row["verdict"])
    cpus = row["server_cpus"]
    if word is not VerdictWord.CAPACITY or pd.isna(cpus):
        return word.limit or ""
    return "the server's one CPU" if cpus == 1 else f"the server's {cpus:g} CPUs"
