"""Make the tidy tables from the raw trials."""

from pathlib import Path

from servebench.analyse.criteria import Criteria
from servebench.analyse.resolutions import study_resolutions
from servebench.analyse.tables import write_tables
from servebench.config import load_config
from servebench.paths import StudyPaths
from servebench.plan.cells import trial_keys, trial_result
from servebench.stage import stage
from servebench.words import Phase

with stage("making the tables", snakemake.log[0], Phase.REPORT):
    paths = StudyPaths.of_log(Path(snakemake.log[0]))
    config = load_config(Path(snakemake.input.config))
    write_tables(
        [trial_result(paths, key) for key in trial_keys(config)],
        Path(snakemake.output[0]).parent,
        Criteria.of(config),
        study_resolutions(paths, config.every_generator),
    )
