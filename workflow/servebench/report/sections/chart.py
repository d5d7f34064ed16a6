"""The one picture of the summary."""

from servebench.report.data import StudyData
from servebench.report.plots import plots_of


def chart(data: StudyData) -> str:
    """The first plot, by its file beside the summary."""
    first, *_ = plots_of(data.config)
    return f"![{first.title_of(data, first.data(data))}](plots/{first.name}.svg)"
