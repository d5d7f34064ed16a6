"""Drawing every plot into the study's folder."""

import json
from typing import Any

import pandas as pd

from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.report.data import StudyData, load_study
from servebench.report.plots import plots_of
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.marks import sentence
from servebench.report.plots.plot import Plot
from servebench.report.style import caption_lines, configure, title_lines
from servebench.spreadsheet import csv_text

PNG_SCALE = 2.0
NOTHING = "this study measured nothing for this plot"


def write_plots(paths: StudyPaths) -> None:
    """Draw every plot as .html (scripts inlined), .svg, .png and .json (its specification), its data as .csv."""
    data = load_study(paths)
    paths.plots.mkdir(parents=True, exist_ok=True)
    for plot in plots_of(data.config):
        frame = plot.data(data)
        write_text(paths.plots / f"{plot.name}.csv", csv_text(frame))
        chart = chart_of(plot, data, frame)
        chart.save(str(paths.plots / f"{plot.name}.html"), inline=True, json_kwds={"cls": _ScriptJson})
        chart.save(str(paths.plots / f"{plot.name}.json"))
        chart.save(str(paths.plots / f"{plot.name}.svg"))
        chart.save(str(paths.plots / f"{plot.name}.png"), scale_factor=PNG_SCALE)


class _ScriptJson(json.JSONEncoder):
    """JSON for inside a script element, which no text in it ends."""

    def encode(self, o: Any) -> str:
        """The JSON of a value."""
        return super().encode(o).replace("<", "\\u003c")


def chart_of(plot: Plot, data: StudyData, frame: pd.DataFrame) -> Any:
    """A plot with its title and its caption, as it is saved; a sentence where its frame is empty."""
    drawn = sentence(f"{NOTHING}: {plot.need.untold}") if frame.empty else plot.draw(data, _plain(frame))
    title = altair().Title(
        title_lines(plot.title_of(data, frame)), subtitle=caption_lines(plot.caption_of(data, frame))
    )
    return configure(drawn.properties(title=title))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with plain types, as Altair reads them."""
    numbers = frame.select_dtypes("number").columns
    return frame.astype({**dict.fromkeys(frame.columns.difference(numbers), object), **dict.fromkeys(numbers, float)})
