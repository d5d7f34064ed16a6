"""What sections and plots are made from: a study's configuration, files and tables."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from servebench.analyse.metrics import MEMORY, MEMORY_BEFORE
from servebench.analyse.resolutions import Resolutions, study_resolutions
from servebench.analyse.rows import CELL, has_figures, is_measured, is_open, rows_of
from servebench.analyse.tables import TABLES, read_table
from servebench.config import Config, load_config
from servebench.paths import StudyPaths
from servebench.report.foreign import told_frame


@dataclass(frozen=True)
class StudyData:
    """A study as it was analysed."""

    config: Config
    paths: StudyPaths
    trials: pd.DataFrame
    cells: pd.DataFrame
    contrasts: pd.DataFrame
    scalability: pd.DataFrame

    @property
    def measured_trials(self) -> pd.DataFrame:
        """The trials that figures are made of."""
        return self.trials[is_measured(self.trials)]

    @property
    def told_trials(self) -> pd.DataFrame:
        """The trials that tell of setting and machine: those that figures are made of, else all that were measured."""
        counted = self.measured_trials
        return self.trials[has_figures(self.trials)] if counted.empty else counted

    @property
    def measured_cells(self) -> pd.DataFrame:
        """The cells with a measured trial."""
        return self.cells[self.cells["repeats"] > 0]

    @property
    def closed_cells(self) -> pd.DataFrame:
        """The measured cells of closed loops."""
        return self.measured_cells[~is_open(self.measured_cells)]

    @property
    def closed_cells_of_one_row(self) -> pd.DataFrame:
        """Those of one row a request, as in the article."""
        return self.closed_cells[rows_of(self.closed_cells) == 1]

    @property
    def memory(self) -> str:
        """The figure of memory that the study has: PSS where its trials were made before USS was read."""
        has_only_pss = self.cells[MEMORY].isna().all() and self.cells[MEMORY_BEFORE].notna().any()
        return MEMORY_BEFORE if has_only_pss else MEMORY

    @property
    def systems(self) -> list[str]:
        """The measured systems in the config's order."""
        measured = set(self.measured_cells["system"])
        return [system for system in self.config.every_system if system in measured]

    @property
    def resolutions(self) -> Resolutions:
        """How far percentiles may be off, by the calibrations that are there."""
        return study_resolutions(self.paths, self.config.every_generator)

    @property
    def told(self) -> "StudyData":
        """The same with every text of the tables as Markdown shows it: only text."""
        return replace(
            self,
            trials=told_frame(self.trials),
            cells=told_frame(self.cells),
            contrasts=told_frame(self.contrasts),
            scalability=told_frame(self.scalability),
        )

    def trial_folder(self, trial: Any) -> Path:
        """Where the raw files of a row of `trials` stand."""
        model, system, generator, load_point = (str(trial[name]) for name in CELL)
        return self.paths.trial(model, system, generator, load_point, int(trial["repeat"]))


def load_study(paths: StudyPaths) -> StudyData:
    """Read a study; raises ServebenchError where a table is missing."""
    tables = {name: read_table(paths.tables, name) for name in TABLES}
    return StudyData(load_config(paths.config), paths, **tables)
