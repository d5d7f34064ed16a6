"""The tidy tables of a study: its own criteria and resolutions, its trials as they are given."""

from collections.abc import Sequence
from pathlib import Path

from servebench.analyse.criteria import Criteria
from servebench.analyse.resolutions import study_resolutions
from servebench.analyse.tables import write_tables
from servebench.config import Config
from servebench.paths import StudyPaths


def write_study_tables(paths: StudyPaths, config: Config, results: Sequence[Path], folder: Path) -> None:
    """Write them to a folder, which need not be the study's; raises ServebenchError as `write_tables` does."""
    write_tables(results, folder, Criteria.of(config), study_resolutions(paths, config.every_generator))
