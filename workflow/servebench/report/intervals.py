"""What is said of intervals: how sure they are where a study has some, else what it takes to have them."""

from servebench.analyse.criteria import Criteria
from servebench.report.data import StudyData
from servebench.report.format import confidence_text
from servebench.thresholds import LEAST_REPEATS
from servebench.words import Bound

NO_INTERVALS = f"No figure has an interval: for that the config's repeats must be {LEAST_REPEATS} at least."

# Throughputs of cells are means of logarithms, as their intervals are (analyse/statistics.py).
BOUNDS = (
    "≥ marks a lower bound, ≤ an upper one: a system that others held up can do at least what it did. The figure is "
    "the geometric mean of the repeats and the brackets its interval, so that ≥ 300 [200, 450] reads, with caution, as "
    "at least 200."
)


def bounds_note(text: str) -> str:
    """What the marks of bounds mean, where a text has one."""
    return BOUNDS if any(bound.mark in text for bound in Bound) else ""


def has_intervals(data: StudyData) -> bool:
    """Whether some cell has repeats enough."""
    return bool((data.cells["repeats"] >= LEAST_REPEATS).any())


def interval_note(data: StudyData) -> str:
    """Where intervals stand, or that there are none."""
    if not has_intervals(data):
        return NO_INTERVALS
    return f"In brackets: {confidence_text(Criteria.of(data.config).confidence)} intervals over the repeats."
