"""Simulate A against A on the recorded trials."""

from pathlib import Path

from servebench.analyse.coverage import write_coverage
from servebench.stage import stage
from servebench.words import Phase

with stage("simulating A against A", snakemake.log[0], Phase.REPORT):
    write_coverage(
        Path(snakemake.input[0]).parent,
        snakemake.params.blocks,
        snakemake.params.seed,
        Path(snakemake.output[0]),
    )
