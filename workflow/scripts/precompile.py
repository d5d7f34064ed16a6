"""Compile what needs no model."""

from pathlib import Path

from servebench.build.precompile import precompile
from servebench.paths import CACHE
from servebench.stage import stage
from servebench.words import Phase

with stage(f"compiling {snakemake.wildcards.project}", snakemake.log[0], Phase.BUILD):
    precompile(snakemake.wildcards.project, CACHE, Path(snakemake.output[0]))
