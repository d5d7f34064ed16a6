"""Compile one model's native code."""

from pathlib import Path

from servebench.native.compile import compile_native
from servebench.paths import CACHE
from servebench.stage import stage

with stage(f"native code of {snakemake.wildcards.model}", snakemake.log[0]):
    compile_native(Path(snakemake.input.manifest).parent, Path(snakemake.output[0]).parent, CACHE)
