"""Try the intervals' arithmetic on the recorded trials."""

from pathlib import Path

from servebench.analyse.interval_check import write_interval_check
from servebench.stage import stage
from servebench.words import Phase

with stage("checking the intervals", snakemake.log[0], Phase.REPORT):
    write_interval_check(
        Path(snakemake.input[0]).parent,
        snakemake.params.blocks,
        snakemake.params.seed,
        Path(snakemake.output[0]),
    )
