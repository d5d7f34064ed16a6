"""The plots, as pictures."""

from servebench.report.data import StudyData
from servebench.report.plots import plots_of


def plots(data: StudyData) -> str:
    """Every plot by its file beside the summary."""
    shown = plots_of(data.config)
    return "## Plots\n\n" + "\n\n".join(f"![{plot.title_of(data)}](plots/{plot.name}.svg)" for plot in shown)
