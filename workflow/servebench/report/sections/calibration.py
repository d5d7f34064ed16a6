"""Whether the instrument told the truth."""

from servebench.report.calibration import calibration_lines, not_passed
from servebench.report.data import StudyData


def calibration(data: StudyData) -> str:
    """The five lines, and every check that did not pass."""
    generators = data.config.every_generator
    lines = [*calibration_lines(data.paths, generators), *not_passed(data.paths, generators)]
    return "## Calibration\n\n" + "\n".join(f"- {line}" for line in lines)
