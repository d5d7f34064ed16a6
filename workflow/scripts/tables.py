"""Make the tidy tables from the raw trials."""

from pathlib import Path

from servebench.analyse.study_tables import write_study_tables
from servebench.config import load_config
from servebench.paths import StudyPaths
from servebench.plan.cells import trial_keys, trial_result
from servebench.stage import stage
from servebench.words import Phase

with stage("making the tables", snakemake.log[0], Phase.REPORT):
    paths = StudyPaths.of_log(Path(snakemake.log[0]))
    config = load_config(Path(snakemake.input.config))
    results = [trial_result(paths, key) for key in trial_keys(config)]
    write_study_tables(paths, config, results, Path(snakemake.output[0]).parent)
