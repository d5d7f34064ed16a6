"""Every trial in the order it was made."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import BLOCK, CELL, has_figures
from servebench.report.data import StudyData
from servebench.report.plots.marks import altair, colour, shape
from servebench.report.plots.plot import Plot
from servebench.report.style import HEIGHT, WIDTH

METRIC = "throughput_rps"


def _data(data: StudyData) -> pd.DataFrame:
    return data.trials.loc[has_figures(data.trials), ["order", *BLOCK, *CELL, METRIC]]


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=60)
        .encode(
            x=alt.X("order:Q", title="position in the true order of measuring"),
            y=alt.Y(f"{METRIC}:Q", title=metric_of(METRIC).title, scale=alt.Scale(type="log")),
            color=colour(data),
            shape=shape(data),
        )
        .properties(width=WIDTH * 1.5, height=HEIGHT)
    )


PLOT = Plot("order", "Every trial in the order it was made", _data, _draw)
