"""The marks that plots share: scales, axes, panels, lines with intervals."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import CELL, rows_of
from servebench.load_point import rows_label
from servebench.report.data import StudyData
from servebench.report.style import HEIGHT, WIDTH, colour_of, shape_of

PANEL_COLUMNS = 2
IS_BOUND = "throughput_is_lower_bound"
PERCENTILE_BOUND = "bound_from_percentile"


def altair() -> Any:
    """The library, imported late: the Snakefile reads the list of plots at every start."""
    import altair as library

    return library


def colour_scale(data: StudyData) -> Any:
    """One colour a system, the same in every plot."""
    return altair().Scale(**colour_of(data.systems, data.config.every_system))


def colour(data: StudyData) -> Any:
    """A system's colour, with a legend."""
    return altair().Color("system:N", title="system", scale=colour_scale(data))


def shape(data: StudyData) -> Any:
    """A system's shape, for readers who do not tell the colours apart."""
    alt = altair()
    return alt.Shape("system:N", title="system", scale=alt.Scale(**shape_of(data.systems, data.config.every_system)))


def users_axis(frame: pd.DataFrame) -> Any:
    """Users, on a logarithmic scale, ticks where there are points."""
    return _amount_axis(frame, "users", "users (closed loop)")


def rows_axis(frame: pd.DataFrame) -> Any:
    """Rows a request, likewise."""
    return _amount_axis(frame, "rows", "rows a request")


def _amount_axis(frame: pd.DataFrame, column: str, title: str) -> Any:
    alt = altair()
    values = sorted({int(value) for value in frame[column]})
    return alt.X(
        f"{column}:Q",
        title=title,
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(values=values, format="d"),
    )


def facets(data: StudyData, chart: Any) -> Any:
    """One panel a model and a generator where the study has several."""
    if not has_panels(data):
        return chart
    return chart.facet(facet=altair().Facet("panel:N", title=None, sort=_panels(data)), columns=PANEL_COLUMNS)


def row_of_panels(data: StudyData) -> dict[str, Any]:
    """The same, one below the other, as an argument of `facet`."""
    return {"row": altair().Row("panel:N", title=None, sort=_panels(data))} if has_panels(data) else {}


def has_panels(data: StudyData) -> bool:
    """Whether the study has several models or generators."""
    return len(_panels(data)) > 1


def _panels(data: StudyData) -> list[str]:
    """The panels of the closed loops, in the order of the cells."""
    return list(with_panel(data.closed_cells)["panel"].unique())


def with_panel(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the name of each row's panel: its generator, and its model and rows where there are several."""
    panel = "load by " + frame["generator"]
    if frame["model"].nunique() > 1:
        panel = frame["model"] + ", " + panel
    rows = rows_of(frame)
    if rows.nunique() > 1:
        panel = panel + ", " + rows.map(rows_label)
    return frame.assign(panel=panel)


def cell_columns(cells: pd.DataFrame, load: str, metrics: list[str]) -> pd.DataFrame:
    """What a plot needs of some cells: names, the column of their load, the metrics with their bounds."""
    bounds = [f"{name}_{side}" for name in metrics for side in ("low", "high")]
    names = [*CELL, load, "verdict", IS_BOUND, PERCENTILE_BOUND, *metrics, *bounds]
    return with_panel(cells[names])


def by_percentile(frame: pd.DataFrame, names: list[str], load: str) -> pd.DataFrame:
    """One row a cell and percentile: `latency_ms` with its bounds, and whether it is only a lower bound itself.

    Empty percentiles are left out.
    """
    kept = frame[["model", "system", "generator", "panel", load]]
    parts = [
        kept.assign(
            percentile=metric_of(name).label.removeprefix("latency "),
            latency_ms=frame[name],
            latency_ms_low=frame[f"{name}_low"],
            latency_ms_high=frame[f"{name}_high"],
            is_lower_bound=(frame[PERCENTILE_BOUND] < metric_of(name).percentile).fillna(False),
        )
        for name in names
    ]
    return pd.concat(parts).dropna(subset=["latency_ms"])


def bound_marks(base: Any, condition: str) -> Any:
    """A sign above the points that are lower bounds: the true value is larger."""
    return base.mark_text(text="≥", dy=-14, fontSize=16, fontWeight="bold").transform_filter(f"datum.{condition}")


def lines(data: StudyData, frame: pd.DataFrame, metric: str, title: str, scale: str, axis: Any = None) -> Any:
    """Estimates with their intervals over users, or over another axis."""
    alt = altair()
    base = alt.Chart(frame).encode(x=users_axis(frame) if axis is None else axis, color=colour(data))
    limits = {"nice": False, "padding": 18} if scale == "log" else {}
    value = alt.Y(f"{metric}:Q", title=title, scale=alt.Scale(type=scale, **limits))
    bars = base.mark_rule(strokeWidth=2).encode(y=alt.Y(f"{metric}_low:Q", title=title), y2=f"{metric}_high:Q")
    points = base.mark_point(filled=True, size=70).encode(y=value, shape=shape(data))
    return (base.mark_line().encode(y=value) + bars + points).properties(width=WIDTH, height=HEIGHT)
