"""The plots, as pictures."""

from servebench.report.data import StudyData
from servebench.report.plots import PLOTS


def plots(_data: StudyData) -> str:
    """Every plot by its file beside the summary."""
    return "## Plots\n\n" + "\n\n".join(f"![{plot.title}](plots/{plot.name}.svg)" for plot in PLOTS)
