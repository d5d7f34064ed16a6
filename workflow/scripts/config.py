"""Write the study's resolved configuration."""

from pathlib import Path

from servebench.files import write_text
from servebench.stage import stage

with stage("config", snakemake.log[0]):
    write_text(Path(snakemake.output[0]), snakemake.params.text)
