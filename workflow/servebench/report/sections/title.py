"""Which study it is."""

from servebench.report.data import StudyData


def title(data: StudyData) -> str:
    """The study's name."""
    return f"# Study {data.config.study}"
