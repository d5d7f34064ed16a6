"""Simulate A against A on the recorded trials."""

from pathlib import Path

from servebench.analyse.coverage import write_coverage
from servebench.stage import stage

with stage("A against A", snakemake.log[0]):
    write_coverage(
        Path(snakemake.input[0]).parent,
        snakemake.params.blocks,
        snakemake.params.seed,
        Path(snakemake.output[0]),
    )
