"""Calibrate one generator."""

from pathlib import Path

from servebench.calibrate.generator import calibrate_generator
from servebench.config import GeneratorDefinition
from servebench.paths import CACHE
from servebench.report.calibration import generator_line
from servebench.stage import stage
from servebench.words import Phase

with stage(f"calibrating the generator {snakemake.wildcards.generator}", snakemake.log[0], Phase.CALIBRATE) as terminal:
    outcome = calibrate_generator(
        snakemake.wildcards.generator,
        GeneratorDefinition.model_validate(snakemake.params.definition),
        Path(snakemake.input.generator).parent,
        Path(snakemake.input.payloads),
        snakemake.params.connections,
        CACHE,
        Path(snakemake.output[0]),
    )
    print(generator_line(outcome), file=terminal)
