"""Render what one protocol sends of a model."""

from pathlib import Path

from servebench.protocol.render import render
from servebench.stage import stage
from servebench.words import Phase

wildcards = snakemake.wildcards
with stage(f"rendering {wildcards.model} for {wildcards.protocol}", snakemake.log[0], Phase.PREPARE) as terminal:
    reason = render(
        Path(snakemake.input.manifest).parent,
        wildcards.protocol,
        int(wildcards.rows),
        Path(snakemake.output.manifest).parent,
    )
    if reason is not None:
        print(f"{wildcards.model}: not measured by some systems: {reason}", file=terminal)
