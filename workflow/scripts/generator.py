"""Build one generator."""

from pathlib import Path

from servebench.config import GeneratorDefinition
from servebench.generator.build import build_generator
from servebench.paths import CACHE
from servebench.stage import stage
from servebench.words import Phase

with stage(f"building the generator {snakemake.wildcards.generator}", snakemake.log[0], Phase.BUILD) as terminal:
    manifest = build_generator(
        snakemake.wildcards.generator,
        GeneratorDefinition.model_validate(snakemake.params.definition),
        Path(snakemake.output[0]).parent,
        CACHE,
    )
    if manifest["status"] == "unavailable":
        print(f"{manifest['generator']}: not available: {manifest['reason']}; {manifest['remedy']}", file=terminal)
