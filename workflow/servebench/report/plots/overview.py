"""Throughput at the most users, with its verdict."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.report.data import StudyData
from servebench.report.format import figure
from servebench.report.plots.marks import IS_BOUND, altair, cell_columns, colour_scale
from servebench.report.plots.plot import Plot
from servebench.report.style import WIDTH

METRIC = "throughput_rps"


def _data(data: StudyData) -> pd.DataFrame:
    """Each generator's largest closed loop: one row a system, with its figure and verdict as text."""
    frame = cell_columns(data.closed_cells, "users", [METRIC])
    most = frame[frame["users"] == frame.groupby(["model", "generator"])["users"].transform("max")]
    texts = [f"{'≥ ' if row[IS_BOUND] else ''}{figure(row[METRIC])} ({row['verdict']})" for _, row in most.iterrows()]
    panels = [f"{row['users']:,} users, {row['panel']}" for _, row in most.iterrows()]
    return most.assign(text=texts, panel=panels)


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    # Room for the text at the right of the largest.
    limits = [frame[METRIC].min() / 1.5, frame[METRIC].max() * 12]
    value = alt.X(
        f"{METRIC}:Q",
        title=metric_of(METRIC).title,
        scale=alt.Scale(type="log", domain=limits, nice=False),
        axis=alt.Axis(format=",d", labelOverlap="greedy"),
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("system:N", title=None, sort=data.systems),
        color=alt.Color("system:N", legend=None, scale=colour_scale(data)),
    )
    bars = base.mark_rule(strokeWidth=3).encode(x=alt.X(f"{METRIC}_low:Q"), x2=f"{METRIC}_high:Q")
    points = base.mark_point(filled=True, size=90, opacity=1).encode(x=value)
    texts = base.mark_text(align="left", dx=10, fontSize=12).encode(x=value, text="text:N", color=alt.value("black"))
    chart = (bars + points + texts).properties(width=WIDTH * 1.3, height=alt.Step(28))
    facet = alt.Facet("panel:N", title=None, sort=list(frame["panel"].unique()))
    return chart.facet(facet=facet, columns=1).resolve_scale(y="independent")


PLOT = Plot("overview", "Throughput at the most users, {confidence} interval, and its verdict", _data, _draw)
