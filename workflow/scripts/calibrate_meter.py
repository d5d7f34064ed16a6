"""Calibrate the meter."""

from pathlib import Path

from servebench.calibrate.instrument import calibrate_meter
from servebench.paths import CACHE
from servebench.report.calibration import verdict_of
from servebench.stage import stage
from servebench.words import Phase

with stage("calibrating the meter", snakemake.log[0], Phase.CALIBRATE) as terminal:
    outcome = calibrate_meter(CACHE, Path(snakemake.output[0]))
    print(f"calibrated the meter: {verdict_of(outcome)}", file=terminal)
