"""What is calibrated before the trials of a study."""

from pathlib import Path

from servebench.config import Config
from servebench.paths import StudyPaths


def calibration_files(config: Config, paths: StudyPaths) -> list[Path]:
    """Its files; those of a node where `paths` are a node's."""
    generators = [paths.calibration(name) for name in config.every_generator]
    return [paths.machine_calibration, *generators, paths.meter_calibration]
