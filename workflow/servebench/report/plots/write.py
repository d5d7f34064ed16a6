"""Drawing every plot into the study's folder."""

from typing import Any

import pandas as pd

from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.report.data import load_study
from servebench.report.plots import plots_of
from servebench.report.plots.marks import altair
from servebench.report.style import WIDTH, configure

PNG_SCALE = 2.0


def write_plots(paths: StudyPaths) -> None:
    """Draw every plot as .html (scripts inlined), .svg, .png and .json (its specification), its data as .csv."""
    data = load_study(paths)
    paths.plots.mkdir(parents=True, exist_ok=True)
    for plot in plots_of(data.config):
        frame = plot.data(data)
        write_text(paths.plots / f"{plot.name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        drawn = _nothing() if frame.empty else plot.draw(data, _plain(frame))
        chart = configure(drawn.properties(title=plot.title_of(data)))
        chart.save(str(paths.plots / f"{plot.name}.html"), inline=True)
        chart.save(str(paths.plots / f"{plot.name}.json"))
        chart.save(str(paths.plots / f"{plot.name}.svg"))
        chart.save(str(paths.plots / f"{plot.name}.png"), scale_factor=PNG_SCALE)


def _nothing() -> Any:
    """What stands in the place of a plot without data."""
    alt = altair()
    words = pd.DataFrame({"text": ["this study measured nothing for this plot"]})
    return alt.Chart(words).mark_text(fontSize=14).encode(text="text:N").properties(width=WIDTH, height=60)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with plain types, as Altair reads them."""
    numbers = frame.select_dtypes("number").columns
    return frame.astype({**dict.fromkeys(frame.columns.difference(numbers), object), **dict.fromkeys(numbers, float)})
