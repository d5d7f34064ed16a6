"""Make the tidy tables from the raw trials."""

from pathlib import Path

from servebench.analyse.tables import write_tables
from servebench.stage import stage
from servebench.words import Phase

with stage("making the tables", snakemake.log[0], Phase.REPORT):
    results = [Path(path) for path in snakemake.input.trials]
    write_tables(results, Path(snakemake.output[0]).parent)
