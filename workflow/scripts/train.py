"""Train one model."""

from pathlib import Path

from servebench.config import ModelDefinition
from servebench.model.train import train
from servebench.stage import stage
from servebench.words import Phase

with stage(f"training {snakemake.wildcards.model}", snakemake.log[0], Phase.PREPARE):
    train(
        ModelDefinition.model_validate(snakemake.params.definition),
        snakemake.params.decimals,
        snakemake.params.seed,
        Path(snakemake.output.manifest).parent,
    )
