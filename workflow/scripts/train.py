"""Train one model."""

from pathlib import Path

from servebench.config import ModelDefinition
from servebench.model.train import train
from servebench.stage import stage

with stage(f"training of {snakemake.wildcards.model}", snakemake.log[0]):
    train(
        ModelDefinition.model_validate(snakemake.params.definition),
        snakemake.params.decimals,
        snakemake.params.seed,
        Path(snakemake.output.manifest).parent,
    )
