"""summary.md: the study in short, 80 lines at most; report.html has the details."""

from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.report.data import load_study
from servebench.report.sections import SUMMARY
from servebench.report.sections.section import join_sections


def write_summary(paths: StudyPaths) -> None:
    """Write the summary of the trials that are in the tables."""
    write_text(paths.summary, join_sections(load_study(paths).told, SUMMARY) + "\n")
