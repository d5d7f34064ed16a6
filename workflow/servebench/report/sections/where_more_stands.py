"""Where the summary's details stand."""

from servebench.report.data import StudyData


def where_more_stands(data: StudyData) -> str:  # noqa: ARG001 - the same for every study
    """One line."""
    return "All figures, plots, contrasts and how they were made: `report.html`; as data: `conclusions.json` and `tables/`."
