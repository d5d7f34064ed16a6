"""Latency distribution, all repeats merged."""

from typing import Any

import pandas as pd

from servebench.analyse.raw import read_latencies
from servebench.analyse.rows import CELL, load_of
from servebench.histogram import new_histogram
from servebench.report.data import StudyData
from servebench.report.plots.marks import altair, colour, with_panel
from servebench.report.plots.plot import Plot


def _data(data: StudyData) -> pd.DataFrame:
    """Share of requests slower than a latency, of each load point's merged histogram."""
    rows: list[dict[str, Any]] = []
    trials = data.measured_trials
    for _, cell in data.measured_cells.iterrows():
        histogram = new_histogram()
        same = (trials[CELL] == cell[CELL]).all(axis=1)
        for _, trial in trials[same].iterrows():
            histogram.add(read_latencies(data.trial_folder(trial)))
        common = {**{name: cell[name] for name in CELL}, "load": load_of(cell).load_label}
        rows += [{**common, **point} for point in _survival(histogram)]
    columns = [*CELL, "load", "latency_ms", "share_slower"]
    frame = with_panel(pd.DataFrame(rows, columns=columns))
    return frame.assign(panel=frame["load"] + ", " + frame["panel"])


def _survival(histogram: Any) -> list[dict[str, float]]:
    """At most 200 points of 1 - F."""
    total = histogram.get_total_count()
    points: list[dict[str, float]] = []
    seen = 0
    for item in histogram.get_recorded_iterator():
        seen += item.count_at_value_iterated_to
        points.append({"latency_ms": item.value_iterated_to / 1e6, "share_slower": 1 - seen / total})
    step = max(1, len(points) // 200)
    # The last point has nothing slower than it: a logarithmic axis cannot show it.
    return [point for point in points[::step] if point["share_slower"] > 0]


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    chart = (
        alt.Chart(frame)
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("latency_ms:Q", title="latency (ms)", scale=alt.Scale(type="log")),
            y=alt.Y(
                "share_slower:Q",
                title="share of requests slower than that",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(format="~%"),
            ),
            color=colour(data),
            strokeDash=alt.StrokeDash("system:N", title="system", scale=alt.Scale(domain=data.systems)),
        )
        .properties(width=240, height=220)
    )
    return chart.facet(facet=alt.Facet("panel:N", title=None, sort=list(frame["panel"].unique())), columns=3)


PLOT = Plot("latency_distribution", "Latency distribution, all repeats merged", _data, _draw)
