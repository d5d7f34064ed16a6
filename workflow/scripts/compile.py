"""Compile one model's compiled code."""

from pathlib import Path

from servebench.compiled.compile import compile_model
from servebench.paths import CACHE
from servebench.stage import stage
from servebench.words import Phase

with stage(f"compiling {snakemake.wildcards.model}", snakemake.log[0], Phase.PREPARE):
    compile_model(Path(snakemake.input.manifest).parent, Path(snakemake.output[0]).parent, CACHE)
