"""Try the intervals' arithmetic on the recorded trials."""

from pathlib import Path

from servebench.analyse.interval_check import write_interval_check
from servebench.stage import stage

with stage("intervals", snakemake.log[0]):
    write_interval_check(
        Path(snakemake.input[0]).parent,
        snakemake.params.blocks,
        snakemake.params.seed,
        Path(snakemake.output[0]),
    )
