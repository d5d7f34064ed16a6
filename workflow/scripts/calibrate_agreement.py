"""Compare the generators with each other."""

from pathlib import Path

from servebench.calibrate.instrument import calibrate_agreement
from servebench.paths import CACHE
from servebench.report.calibration import verdict_of
from servebench.stage import stage
from servebench.words import Phase

with stage("comparing the generators", snakemake.log[0], Phase.CALIBRATE) as terminal:
    outcome = calibrate_agreement(Path(snakemake.input.payloads), CACHE, Path(snakemake.output[0]))
    print(f"compared the generators: {verdict_of(outcome)}", file=terminal)
