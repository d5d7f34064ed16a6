"""Every trial in the order it was made, beside the mean of its cell, and below it what others took of the machine."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import primary_at
from servebench.analyse.rows import BLOCK, CELL, has_figures
from servebench.config import Config
from servebench.load_point import parse_load_point
from servebench.report.data import StudyData
from servebench.report.plots.axes import deviation_axis, values_of, zero_axis
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.drift import Drift, upwards
from servebench.report.plots.frames import with_panel
from servebench.report.plots.marks import colour, shape
from servebench.report.plots.need import Need
from servebench.report.plots.plot import Plot
from servebench.report.style import HEIGHT, WIDTH

# How far a trial's primary figure lies from the mean of its cell, as percent; the CPU that others had meanwhile.
DEVIATION, OTHERS = "deviation_percent", "others_cores"
TAKEN = ["other_cores", "steal_cores"]
# With more trials neighbours of one cell are one point.
MOST_POINTS = 1_500
SMALL_HEIGHT = 80


def _data(data: StudyData) -> pd.DataFrame:
    trials = data.trials[has_figures(data.trials)]
    metrics = [primary_at(parse_load_point(str(name)).loop).name for name in trials["load_point"]]
    figures = [row[metric] for row, metric in zip(trials[[*set(metrics)]].to_dict("records"), metrics, strict=True)]
    frame = with_panel(trials[["order", *BLOCK, *CELL]]).drop(columns="panel")
    frame = frame.assign(
        metric=pd.Series(metrics, frame.index, dtype="string"),
        figure=pd.Series(figures, frame.index, dtype="Float64"),
        others_cores=trials[TAKEN].sum(axis=1, min_count=1),
    ).dropna(subset=["figure"])
    return _thinned(_beside_means(frame))


def _beside_means(frame: pd.DataFrame) -> pd.DataFrame:
    """Each trial beside the mean of its cell; none where every one is alone in its cell, and its own mean."""
    cells = frame.groupby(CELL)["figure"]
    found = frame.assign(deviation_percent=(frame["figure"] / cells.transform("mean") - 1) * 100)
    return found if (cells.transform("size") > 1).any() else found[:0]


def _thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """At most about so many rows: means of neighbours of one cell."""
    neighbours = -(-len(frame) // MOST_POINTS)
    if neighbours <= 1:
        return frame
    place = frame.groupby(CELL).cumcount() // neighbours
    names = [*CELL, "load", "metric", "campaign", "node", "place"]
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
        .mark_point(filled=True, size=45, opacity=0.8)
        .encode(
            x=alt.X("order:Q", title=title, scale=order, axis=alt.Axis(tickCount=6, format=",d")),
            y=axis,
            color=colour(data),
            shape=shape(data),
        )
    )


def _drift(data: StudyData, frame: pd.DataFrame) -> str:
    """Whether the machine did, as far as every trial is a point."""
    ordered = frame.sort_values("order")
    if len(frame) < has_figures(data.trials).sum() or ordered[[*CELL]].drop_duplicates().shape[0] == 1:
        return ""
    found = Drift.of(upwards(ordered[DEVIATION], ordered["metric"]))
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
    (_drift,),
)
