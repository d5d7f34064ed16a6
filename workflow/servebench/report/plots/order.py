"""Every trial in the order it was made, beside the mean of its cell, and below it what others took of the machine."""

from typing import Any

import pandas as pd

from servebench.analyse.rows import CELL
from servebench.config import Config
from servebench.report.data import StudyData
from servebench.report.drift import DEVIATION, LEFT_OUT, beside_means, drift_of, primary_figures
from servebench.report.plots.axes import deviation_axis, values_of, zero_axis
from servebench.report.plots.clauses import with_mark
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import with_panel
from servebench.report.plots.marks import colour, shape
from servebench.report.plots.need import Need
from servebench.report.plots.plot import Plot
from servebench.report.style import HEIGHT, WIDTH

# The CPU that others had meanwhile.
OTHERS = "others_cores"
TAKEN = ["other_cores", "steal_cores"]
# With more trials neighbours of one cell are one point.
MOST_POINTS = 1_500
SMALL_HEIGHT = 80
PALE, FULL = 0.3, 0.8


def _data(data: StudyData) -> pd.DataFrame:
    frame = with_panel(primary_figures(data.trials)).drop(columns="panel")
    taken = data.trials[TAKEN].sum(axis=1, min_count=1).reindex(frame.index)
    return _thinned(beside_means(frame.assign(**{OTHERS: taken})))


def _thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """At most about so many rows: means of neighbours of one cell."""
    neighbours = -(-len(frame) // MOST_POINTS)
    if neighbours <= 1:
        return frame
    place = frame.groupby(CELL).cumcount() // neighbours
    names = [*CELL, "load", "metric", "campaign", "node", LEFT_OUT, "place"]
    groups = frame.assign(place=place).groupby(names, sort=False, as_index=False)
    return groups[["order", "repeat", "figure", OTHERS, DEVIATION]].mean().drop(columns="place")


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    others = values_of(frame, OTHERS)
    title = "position in the true order of measuring"
    beside = deviation_axis(DEVIATION, "beside its cell's mean (%)", frame[DEVIATION])
    above = _points(data, frame, None if others else title, beside).properties(width=WIDTH, height=HEIGHT)
    if not others:
        return above
    axis = zero_axis(alt.Y, OTHERS, "others (cores)", others, 3)
    return alt.vconcat(above, _points(data, frame, title, axis).properties(width=WIDTH, height=SMALL_HEIGHT))


def _points(data: StudyData, frame: pd.DataFrame, title: str | None, axis: Any) -> Any:
    """A point a trial, from left to right."""
    alt = altair()
    order = alt.Scale(domain=[0, float(frame["order"].max()) + 1], nice=False)
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=45)
        .encode(
            opacity=alt.condition(f"datum.{LEFT_OUT}", alt.value(PALE), alt.value(FULL)),
            x=alt.X("order:Q", title=title, scale=order, axis=alt.Axis(tickCount=6, format=",d")),
            y=axis,
            color=colour(data),
            shape=shape(data),
        )
    )


def _drift(data: StudyData, _frame: pd.DataFrame) -> str:
    """Whether the machine did."""
    found = drift_of(data.trials)
    return found.text if found else ""


def _has_repeats(config: Config) -> bool:
    return config.planned_repeats > 1


PLOT = Plot(
    "order",
    "Whether the machine drifted: every trial beside the mean of its cell, in the order it was made",
    "Points that rise or fall together, whatever the system, are the machine's doing; below stands the CPU that others "
    "had meanwhile. Of a closed loop it is the throughput, at a rate the CPU a request.",
    _data,
    _draw,
    Need("no cell has two trials", "two repeats at least", "repeats", _has_repeats),
    (with_mark("A pale point was disturbed; the means are of the others.", LEFT_OUT), _drift),
)
