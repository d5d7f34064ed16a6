"""Throughput by the CPUs that a server can use."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT, metric_of
from servebench.config import Config, SystemDefinition
from servebench.report.data import StudyData
from servebench.report.plots.axes import amount_axis, log_axis, values_of
from servebench.report.plots.clauses import LOWER_BOUND
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import at_most_load, panel_a_load, throughput_frame
from servebench.report.plots.lines import estimates
from servebench.report.plots.need import Need
from servebench.report.plots.panels import Panels
from servebench.report.plots.plot import Plot
from servebench.report.style import colour_of, shape_of

CPUS = "usable_cpus"
# What is measured with several numbers of CPUs; what so many times the throughput of the fewest would be.
SERVER, IDEAL = "server_and_inference", "ideal_rps"
NO_CPUS = "no server was measured in a closed loop with two numbers of CPUs and nothing else that differs"


def _data(data: StudyData) -> pd.DataFrame:
    """The closed loops of servers that were measured with several numbers of CPUs."""
    kept = ["server", "inference", CPUS]
    frame = panel_a_load(throughput_frame(at_most_load(data.closed_cells), THROUGHPUT, kept)).dropna(subset=[CPUS])
    frame = frame.assign(**{SERVER: frame["server"] + " (" + frame["inference"].fillna("?") + ")"})
    groups = frame.groupby([SERVER, "panel"])
    sizes = groups[CPUS].transform("nunique")
    # Two systems of one size differ in more than their CPUs.
    frame = frame[(sizes > 1) & (sizes == groups["system"].transform("nunique"))].sort_values(CPUS, kind="stable")
    one = frame[THROUGHPUT] / frame[CPUS].astype("Float64")
    first = one.groupby([frame[SERVER], frame["panel"]]).transform("first")
    return frame.assign(**{IDEAL: first * frame[CPUS].astype("Float64")})


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt, panels, title = altair(), Panels.of(frame), metric_of(THROUGHPUT).title
    values = [*values_of(frame, THROUGHPUT), *frame[IDEAL]]
    cpus = amount_axis(CPUS, "CPUs that the server can use", frame[CPUS])
    base = alt.Chart(frame).encode(x=cpus, color=_colour(frame, data))
    ideal = base.mark_line(strokeWidth=1, strokeDash=[2, 4]).encode(y=log_axis(alt.Y, IDEAL, title, values))
    chart = ideal + estimates(base, THROUGHPUT, title, values, _shape(frame, data))
    return panels.of_chart(chart.properties(width=panels.width, height=panels.height))


def _first_systems(frame: pd.DataFrame) -> dict[str, str]:
    """Each server with the system whose colour and shape it has: that of the fewest CPUs."""
    return {str(name): str(group["system"].iloc[0]) for name, group in frame.groupby(SERVER, sort=False)}


def _colour(frame: pd.DataFrame, data: StudyData) -> Any:
    alt, first = altair(), _first_systems(frame)
    colours = colour_of([*first.values()], data.config.every_system)["range"]
    return alt.Color(f"{SERVER}:N", title="server", scale=alt.Scale(domain=[*first], range=colours))


def _shape(frame: pd.DataFrame, data: StudyData) -> Any:
    alt, first = altair(), _first_systems(frame)
    shapes = shape_of([*first.values()], data.config.every_system)["range"]
    return alt.Shape(f"{SERVER}:N", title="server", scale=alt.Scale(domain=[*first], range=shapes))


def _has_several_cpus(config: Config) -> bool:
    """Whether some server is measured with several numbers of CPUs."""
    definitions = [config.system_catalogue[name] for name in config.every_system]
    started = {(d.server, d.inference, d.cores) for d in definitions if isinstance(d, SystemDefinition)}
    return len({(server, inference) for server, inference, _ in started}) < len(started)


PLOT = Plot(
    "throughput_by_cpus",
    "What more CPUs bring: throughput by the CPUs of the server, {confidence} interval",
    "A line that leaves its dots (what the fewest CPUs bring, times the CPUs) shares something that does not grow with "
    "them.",
    _data,
    _draw,
    Need(NO_CPUS, "one server with two numbers of CPUs", "cores", _has_several_cpus),
    (LOWER_BOUND,),
)
