"""Set a study against another one."""

from pathlib import Path

from servebench.compare.run import compare_studies
from servebench.stage import stage

with stage("comparing two studies", snakemake.log[0]):
    folder = Path(snakemake.output[0]).parent
    compare_studies(Path(snakemake.params.a), Path(snakemake.params.b), folder)
