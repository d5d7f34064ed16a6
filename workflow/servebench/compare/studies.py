"""The two studies of a comparison, read, and which cells they share."""

from dataclasses import dataclass
from pathlib import Path

from servebench.analyse.cell_name import CellName
from servebench.analyse.majority import counted_trials
from servebench.analyse.resolutions import Resolutions, coarsest
from servebench.analyse.rows import CELL
from servebench.compare.change import MeasuredCell
from servebench.errors import ServebenchError
from servebench.paths import StudyPaths
from servebench.report.data import StudyData, load_study


@dataclass(frozen=True)
class Studies:
    """A is what was before, B what is held against it; measured cells by name, in B's order."""

    a: StudyData
    b: StudyData
    cells_a: dict[CellName, MeasuredCell]
    cells_b: dict[CellName, MeasuredCell]
    resolutions: Resolutions

    @classmethod
    def read(cls, a: Path, b: Path) -> "Studies":
        """Read both; raises ServebenchError where one has no tables, or where both are one."""
        if a.resolve() == b.resolve():
            raise ServebenchError(f"A and B are both {a}: name two studies' folders, such as A=results/x B=results/y")
        data_a, data_b = (load_study(StudyPaths(folder)) for folder in (a, b))
        resolutions = coarsest([data.resolutions for data in (data_a, data_b)])
        return cls(data_a, data_b, _measured(data_a), _measured(data_b), resolutions)

    @property
    def shared(self) -> list[CellName]:
        """The cells that both have."""
        return [cell for cell in self.cells_b if cell in self.cells_a]

    @property
    def only_a(self) -> list[CellName]:
        """The cells of A alone."""
        return [cell for cell in self.cells_a if cell not in self.cells_b]

    @property
    def only_b(self) -> list[CellName]:
        """The cells of B alone."""
        return [cell for cell in self.cells_b if cell not in self.cells_a]


def _measured(data: StudyData) -> dict[CellName, MeasuredCell]:
    trials = {CellName(*map(str, names)): counted_trials(group) for names, group in data.trials.groupby(CELL)}
    rows = {CellName.of(row): row for _, row in data.measured_cells.iterrows()}
    return {cell: MeasuredCell(row, trials[cell]) for cell, row in rows.items()}
