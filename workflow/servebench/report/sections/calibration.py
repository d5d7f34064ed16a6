"""How far the instrument is right here."""

from servebench.report.calibration import calibration_lines, not_passed
from servebench.report.data import StudyData
from servebench.report.foreign import told
from servebench.report.word_list import word_list
from servebench.words import Waiting


def calibration(data: StudyData) -> str:
    """The sentences, every check that did not pass, and what a generator's way of waiting means."""
    generators = data.config.every_generator
    lines = [*calibration_lines(data.paths, generators), *not_passed(data.paths, generators)]
    text = "\n".join(f"- {told(line)}" for line in lines)
    return f"## Calibration\n\n{text}\n\nHow a generator waits for answers:\n\n{word_list(Waiting)}"
