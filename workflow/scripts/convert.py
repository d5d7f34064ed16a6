"""Make ONNX of one model."""

from pathlib import Path

from servebench.onnx.convert import convert_model
from servebench.stage import stage
from servebench.words import Phase

with stage(f"converting {snakemake.wildcards.model}", snakemake.log[0], Phase.PREPARE):
    convert_model(Path(snakemake.input.manifest).parent, Path(snakemake.output[0]).parent, snakemake.params.threads)
