"""Build one system."""

from pathlib import Path

from servebench.build.system import build_system
from servebench.config import parse_system
from servebench.paths import CACHE
from servebench.stage import stage
from servebench.words import BuildStatus, Phase

with stage(f"building {snakemake.wildcards.system}", snakemake.log[0], Phase.BUILD) as terminal:
    manifest = build_system(
        snakemake.wildcards.system,
        parse_system(snakemake.params.definition),
        Path(snakemake.input.model).parent,
        Path(snakemake.input.compiled).parent,
        Path(snakemake.output[0]).parent,
        CACHE,
    )
    if manifest["status"] == BuildStatus.UNAVAILABLE:
        print(f"{manifest['system']}: not available: {manifest['reason']}; {manifest['remedy']}", file=terminal)
