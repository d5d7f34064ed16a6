"""Train one model, or read the file that it stands in."""

from pathlib import Path

from servebench.model.make import make_model
from servebench.stage import stage
from servebench.words import Phase

verb = "reading" if "path" in snakemake.params.definition else "training"
with stage(f"{verb} {snakemake.wildcards.model}", snakemake.log[0], Phase.PREPARE) as terminal:
    note = make_model(
        snakemake.params.definition,
        snakemake.params.decimals,
        snakemake.params.seed,
        Path(snakemake.output.manifest).parent,
    )
    if note is not None:
        print(note, file=terminal)
