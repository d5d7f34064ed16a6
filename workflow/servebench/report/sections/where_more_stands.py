"""Where the summary's details stand."""

from servebench.report.data import StudyData


def where_more_stands(data: StudyData) -> str:  # noqa: ARG001 - the same for every study
    """One line."""
    return "Everything else stands in `report.html`; as data in `conclusions.json` and `tables/`."
