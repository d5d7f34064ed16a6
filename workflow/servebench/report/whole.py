"""The whole report of a study from its raw files, from the tables to the page, without measuring."""

from servebench.analyse.interval_check import write_interval_check
from servebench.analyse.study_tables import write_study_tables
from servebench.config import load_config
from servebench.errors import ServebenchError
from servebench.paths import StudyPaths
from servebench.plan.cells import trial_keys, trial_result
from servebench.report.conclusions import write_conclusions
from servebench.report.page import write_page
from servebench.report.plots.write import write_plots
from servebench.report.provenance import write_provenance
from servebench.report.summary import write_summary


def write_report(paths: StudyPaths) -> None:
    """Make it of the trials that are there, complete or not; raises ServebenchError where there are none."""
    config = load_config(paths.config)
    every = [trial_result(paths, key) for key in trial_keys(config)]
    results = [path for path in every if path.exists()]
    if not results:
        raise ServebenchError(f"study '{paths.root.name}' has no trials yet: run `make` or snakemake first")
    write_study_tables(paths, config, results, paths.tables)
    write_interval_check(paths.tables, config.repeats, config.seed, paths.interval_check)
    write_plots(paths)
    write_summary(paths)
    write_conclusions(paths)
    write_page(paths)
    write_provenance(paths)
