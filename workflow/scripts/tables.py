"""Make the tidy tables from the raw trials."""

from pathlib import Path

from servebench.analyse.criteria import Criteria
from servebench.analyse.resolutions import read_resolutions
from servebench.analyse.tables import write_tables
from servebench.config import load_config
from servebench.stage import stage
from servebench.words import Phase

with stage("making the tables", snakemake.log[0], Phase.REPORT):
    write_tables(
        [Path(path) for path in snakemake.input.trials],
        Path(snakemake.output[0]).parent,
        Criteria.of(load_config(Path(snakemake.input.config))),
        read_resolutions([Path(path) for path in snakemake.input.calibrations]),
    )
