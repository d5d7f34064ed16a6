"""Throughput by users, beside what no contention would bring and the scalability law's curve."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT, metric_of
from servebench.analyse.rows import rows_of
from servebench.analyse.scalability import law
from servebench.report.data import StudyData
from servebench.report.plots.axes import amount_axis, log_axis, values_of
from servebench.report.plots.clauses import LOWER_BOUND, with_figure
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import throughput_frame
from servebench.report.plots.lines import dodged, lines
from servebench.report.plots.marks import colour
from servebench.report.plots.need import SEVERAL_USERS
from servebench.report.plots.panels import Panels
from servebench.report.plots.plot import Plot

# What the least users bring, times the users; and what the law that was fitted says.
IDEAL, LAW = "ideal_rps", "law_rps"
SERIES = ["model", "system", "generator"]


def _data(data: StudyData) -> pd.DataFrame:
    frame = throughput_frame(data.closed_cells, THROUGHPUT, ["users"])
    return frame.assign(**{IDEAL: _ideal(frame), LAW: _law(data, frame)})


def _ideal(frame: pd.DataFrame) -> "pd.Series[float]":
    """In proportion to the users, as far as the axis of what was measured goes."""
    ordered = frame.sort_values("users")
    of_one = ordered[THROUGHPUT] / ordered["users"].astype(float)
    first = of_one.groupby([ordered[name] for name in (*SERIES, "panel")]).transform("first")
    ideal = (first * ordered["users"].astype(float)).reindex(frame.index)
    return ideal.where(ideal <= frame[THROUGHPUT].max())


def _law(data: StudyData, frame: pd.DataFrame) -> "pd.Series[float]":
    """The law of each row's system at its users; empty where none was fitted."""
    fits = data.scalability[data.scalability["over"] == "users"].dropna(subset=["throughput_of_one_rps"])
    parameters = {
        (*(row[name] for name in SERIES), int(row["rows"])): [
            float(row[name]) for name in ("throughput_of_one_rps", "contention", "coherence")
        ]
        for _, row in fits.iterrows()
    }
    found: list[float | None] = []
    for (_, row), rows in zip(frame.iterrows(), rows_of(frame), strict=True):
        fit = parameters.get((*(row[name] for name in SERIES), int(rows)))
        found.append(None if fit is None else float(law(int(row["users"]), *fit)))
    return pd.Series(found, frame.index, dtype="Float64")


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    title, panels = metric_of(THROUGHPUT).title, Panels.of(frame)
    measured = lines(data, frame, THROUGHPUT, title, "users", "users (closed loop)")
    return panels.of_chart(_guide(data, frame, IDEAL, [2, 4]) + _guide(data, frame, LAW, [8, 3]) + measured)


def _guide(data: StudyData, frame: pd.DataFrame, column: str, dash: list[int]) -> Any:
    """A thin dashed line of each system."""
    alt, title = altair(), metric_of(THROUGHPUT).title
    base = dodged(data, frame, "users", Panels.of(frame).width)
    return base.mark_line(strokeWidth=1, strokeDash=dash).encode(
        x=amount_axis("at", "users (closed loop)", frame["users"]),
        y=log_axis(alt.Y, column, title, values_of(frame, THROUGHPUT)),
        color=colour(data),
    )


PLOT = Plot(
    "throughput",
    "How throughput grows with the users, {confidence} interval",
    "A line that bends away from its dots (what the least users bring, times the users, up to the largest figure) met "
    "a limit. Systems stand side by side at their number of users.",
    _data,
    _draw,
    SEVERAL_USERS,
    (with_figure("Dashes are the scalability law.", LAW), LOWER_BOUND),
)
