"""Whether the machine was too disturbed to measure on: the first that a reader must know."""

from servebench.report.calibration import disturbance
from servebench.report.data import StudyData
from servebench.report.foreign import told


def disturbed(data: StudyData) -> str:
    """One line; empty where the machine was quiet, or nobody listened."""
    found = disturbance(data.paths)
    if found is None:
        return ""
    return (
        f"**The machine was disturbed before the first measurement: {told(found)}.** "
        "Figures may be worse than the systems."
    )
