"""The parts of a report by themselves, each as a process of its own: `python -m ... STAGE FOLDER`."""

import sys
from collections.abc import Callable
from pathlib import Path

from servebench.analyse.interval_check import write_interval_check
from servebench.analyse.study_tables import write_study_tables
from servebench.config import load_config
from servebench.paths import StudyPaths
from servebench.plan.cells import trial_keys, trial_result


def make_tables(paths: StudyPaths) -> None:
    """The tables of all trials."""
    config = load_config(paths.config)
    results = [trial_result(paths, key) for key in trial_keys(config)]
    write_study_tables(paths, config, results, paths.tables)


def make_plots(paths: StudyPaths) -> None:
    """The plots of the tables."""
    from servebench.report.plots.write import write_plots

    write_plots(paths)


def make_page(paths: StudyPaths) -> None:
    """What is read of tables and plots: summary, conclusions and page."""
    from servebench.report.conclusions import write_conclusions
    from servebench.report.page import write_page
    from servebench.report.summary import write_summary

    config = load_config(paths.config)
    write_interval_check(paths.tables, config.repeats, config.seed, paths.interval_check)
    write_summary(paths)
    write_conclusions(paths)
    write_page(paths)


STAGES: dict[str, Callable[[StudyPaths], None]] = {"tables": make_tables, "plots": make_plots, "page": make_page}


if __name__ == "__main__":
    STAGES[sys.argv[1]](StudyPaths(Path(sys.argv[2])))
