"""Which study it is: machine, day, code and the instrument's resolution, in one line."""

from servebench.report.answer import identity as identity_of
from servebench.report.data import StudyData
from servebench.report.foreign import told


def identity(data: StudyData) -> str:
    """The line."""
    return told(identity_of(data).line)
