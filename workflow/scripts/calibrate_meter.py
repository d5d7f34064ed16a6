"""Calibrate the meter."""

from pathlib import Path

from servebench.calibrate.instrument import calibrate_meter
from servebench.paths import CACHE
from servebench.report.calibration import verdict_of
from servebench.stage import stage

with stage("calibration of the meter", snakemake.log[0]) as terminal:
    outcome = calibrate_meter(CACHE, Path(snakemake.output[0]))
    print(f"calibrated the meter: {verdict_of(outcome)}", file=terminal)
