"""Measure one generator's ceiling."""

from pathlib import Path

from servebench.calibrate.ceiling import measure_ceiling
from servebench.config import GeneratorDefinition
from servebench.paths import CACHE
from servebench.stage import stage

with stage(f"ceiling of the generator {snakemake.wildcards.generator}", snakemake.log[0]) as terminal:
    outcome = measure_ceiling(
        snakemake.wildcards.generator,
        GeneratorDefinition.model_validate(snakemake.params.definition),
        Path(snakemake.input.generator).parent,
        Path(snakemake.input.payloads).parent,
        CACHE,
        Path(snakemake.output[0]),
    )
    figure = f"{outcome['throughput_rps']:,.0f} requests/s" if "throughput_rps" in outcome else outcome["reason"]
    print(f"ceiling of {outcome['generator']} against the null server: {figure}", file=terminal)
