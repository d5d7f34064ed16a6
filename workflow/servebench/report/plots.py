"""The plots: each a name, its data and its chart; a new one is one entry in PLOTS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.tables import CELL, MEASURED, read_table
from servebench.config import Config, load_config
from servebench.files import write_text
from servebench.histogram import new_histogram, read_hlog
from servebench.paths import StudyPaths
from servebench.report.format import figure, load_name
from servebench.report.style import HEIGHT, WIDTH, colour_of, configure, shape_of

PNG_SCALE = 2.0
PANEL_COLUMNS = 2
IS_BOUND = "throughput_is_lower_bound"
LOAD_COLUMNS = {"closed": ["users"], "open": ["rate_rps"]}


@dataclass(frozen=True)
class PlotData:
    """What plots are drawn from: measured cells and trials, and the study's files for the histograms."""

    config: Config
    paths: StudyPaths
    cells: pd.DataFrame
    trials: pd.DataFrame

    @property
    def systems(self) -> list[str]:
        """The measured systems in the config's order."""
        measured = set(self.cells["system"])
        return [system for system in self.config.every_system if system in measured]


@dataclass(frozen=True)
class Plot:
    """One plot."""

    name: str
    title: str
    data: Callable[[PlotData], pd.DataFrame]
    draw: Callable[[PlotData, pd.DataFrame], Any]


def write_plots(paths: StudyPaths) -> None:
    """Draw every plot as .html (scripts inlined), .svg and .png, with its data as .csv."""
    config = load_config(paths.config)
    cells, trials = (read_table(paths.tables, name) for name in ("cells", "trials"))
    data = PlotData(config, paths, cells[cells["repeats"] > 0], trials[trials["outcome"] == MEASURED])
    paths.plots.mkdir(parents=True, exist_ok=True)
    for plot in PLOTS:
        frame = plot.data(data)
        write_text(paths.plots / f"{plot.name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        drawn = _nothing() if frame.empty else plot.draw(data, _plain(frame))
        chart = configure(drawn.properties(title=plot.title))
        chart.save(str(paths.plots / f"{plot.name}.html"), inline=True)
        chart.save(str(paths.plots / f"{plot.name}.svg"))
        chart.save(str(paths.plots / f"{plot.name}.png"), scale_factor=PNG_SCALE)


def _nothing() -> Any:
    """What stands in the place of a plot without data."""
    alt = _altair()
    words = pd.DataFrame({"text": ["this study measured nothing for this plot"]})
    return alt.Chart(words).mark_text(fontSize=14).encode(text="text:N").properties(width=WIDTH, height=60)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with plain types, as Altair reads them."""
    numbers = frame.select_dtypes("number").columns
    return frame.astype({**dict.fromkeys(frame.columns.difference(numbers), object), **dict.fromkeys(numbers, float)})


def _altair() -> Any:
    # Imported late: the Snakefile reads the list of plots at every start.
    import altair

    return altair


def _scale(data: PlotData) -> Any:
    return _altair().Scale(**colour_of(data.systems, data.config.every_system))


def _colour(data: PlotData) -> Any:
    return _altair().Color("system:N", title="system", scale=_scale(data))


def _shape(data: PlotData) -> Any:
    alt = _altair()
    return alt.Shape("system:N", title="system", scale=alt.Scale(**shape_of(data.systems, data.config.every_system)))


def _users_axis(frame: pd.DataFrame) -> Any:
    alt = _altair()
    values = sorted({int(value) for value in frame["users"]})
    return alt.X(
        "users:Q",
        title="users (closed loop)",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(values=values, format="d"),
    )


def _facets(data: PlotData, chart: Any) -> Any:
    """One panel a model and a generator where the study has several."""
    if not _has_panels(data):
        return chart
    return chart.facet(facet=_altair().Facet("panel:N", title=None, sort=_panels(data)), columns=PANEL_COLUMNS)


def _has_panels(data: PlotData) -> bool:
    return len(_panels(data)) > 1


def _panels(data: PlotData) -> list[str]:
    """The panels of the closed loops, in the order of the cells."""
    return list(_with_panel(data.cells[data.cells["loop"] == "closed"])["panel"].unique())


def _with_panel(frame: pd.DataFrame) -> pd.DataFrame:
    """The name of each row's panel: its generator, and its model where there are several."""
    generator = "load by " + frame["generator"]
    return frame.assign(panel=frame["model"] + ", " + generator if frame["model"].nunique() > 1 else generator)


def _cell_columns(data: PlotData, metrics: list[str], loop: str = "closed") -> pd.DataFrame:
    bounds = [f"{name}_{side}" for name in metrics for side in ("low", "high")]
    names = ["model", "system", "generator", *LOAD_COLUMNS[loop], "verdict", IS_BOUND, *metrics, *bounds]
    return _with_panel(data.cells.loc[data.cells["loop"] == loop, names])


def _lines(data: PlotData, frame: pd.DataFrame, metric: str, title: str, scale: str) -> Any:
    """Estimates over users with their intervals."""
    alt = _altair()
    base = alt.Chart(frame).encode(x=_users_axis(frame), color=_colour(data))
    limits = {"nice": False, "padding": 18} if scale == "log" else {}
    value = alt.Y(f"{metric}:Q", title=title, scale=alt.Scale(type=scale, **limits))
    bars = base.mark_rule(strokeWidth=2).encode(y=alt.Y(f"{metric}_low:Q", title=title), y2=f"{metric}_high:Q")
    layers = (
        base.mark_line().encode(y=value)
        + bars
        + base.mark_point(filled=True, size=70).encode(y=value, shape=_shape(data))
    )
    return layers.properties(width=WIDTH, height=HEIGHT)


def _overview_data(data: PlotData) -> pd.DataFrame:
    """Each generator's largest closed loop: one row a system, with its figure and verdict as text."""
    frame = _cell_columns(data, ["throughput_rps"])
    most = frame[frame["users"] == frame.groupby(["model", "generator"])["users"].transform("max")]
    texts = [
        f"{'≥ ' if row[IS_BOUND] else ''}{figure(row['throughput_rps'])} ({row['verdict']})"
        for _, row in most.iterrows()
    ]
    panels = [f"{row['users']:,} users, {row['panel']}" for _, row in most.iterrows()]
    return most.assign(text=texts, panel=panels)


def _overview(data: PlotData, frame: pd.DataFrame) -> Any:
    alt = _altair()
    # Room for the text at the right of the largest.
    limits = [frame["throughput_rps"].min() / 1.5, frame["throughput_rps"].max() * 12]
    value = alt.X(
        "throughput_rps:Q",
        title="throughput (requests/s)",
        scale=alt.Scale(type="log", domain=limits, nice=False),
        axis=alt.Axis(format=",d", labelOverlap="greedy"),
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("system:N", title=None, sort=data.systems), color=alt.Color("system:N", legend=None, scale=_scale(data))
    )
    bars = base.mark_rule(strokeWidth=3).encode(x=alt.X("throughput_rps_low:Q"), x2="throughput_rps_high:Q")
    points = base.mark_point(filled=True, size=90, opacity=1).encode(x=value)
    texts = base.mark_text(align="left", dx=10, fontSize=12).encode(x=value, text="text:N", color=alt.value("black"))
    chart = (bars + points + texts).properties(width=WIDTH * 1.3, height=alt.Step(28))
    facet = alt.Facet("panel:N", title=None, sort=list(frame["panel"].unique()))
    return chart.facet(facet=facet, columns=1).resolve_scale(y="independent")


def _throughput_data(data: PlotData) -> pd.DataFrame:
    return _cell_columns(data, ["throughput_rps"])


def _throughput(data: PlotData, frame: pd.DataFrame) -> Any:
    alt = _altair()
    chart = _lines(data, frame, "throughput_rps", "throughput (requests/s)", "log")
    # The true value is above: the server was not the limit.
    marks = (
        alt.Chart(frame)
        .mark_text(text="≥", dy=-14, fontSize=16, fontWeight="bold")
        .encode(x=_users_axis(frame), y=alt.Y("throughput_rps:Q", title="throughput (requests/s)"), color=_colour(data))
        .transform_filter(f"datum.{IS_BOUND}")
    )
    return _facets(data, chart + marks)


def _percentile_data(data: PlotData) -> pd.DataFrame:
    names = ["latency_p50_ms", "latency_p95_ms", "latency_p99_ms"]
    return _melt_percentiles(_cell_columns(data, names), names, "users")


def _melt_percentiles(frame: pd.DataFrame, names: list[str], load: str) -> pd.DataFrame:
    """One row a percentile."""
    kept = frame[["model", "system", "generator", "panel", load]]
    parts = [
        kept.assign(
            percentile=name.removeprefix("latency_").removesuffix("_ms"),
            latency_ms=frame[name],
            latency_ms_low=frame[f"{name}_low"],
            latency_ms_high=frame[f"{name}_high"],
        )
        for name in names
    ]
    melted = pd.concat(parts).dropna(subset=["latency_ms"])
    if load == "rate_rps":
        rows = melted[["percentile", "rate_rps", "panel"]].itertuples(index=False)
        return melted.assign(load=[f"{percentile}, {rate:,} requests/s, {panel}" for percentile, rate, panel in rows])
    return melted


def _percentiles(data: PlotData, frame: pd.DataFrame) -> Any:
    alt = _altair()
    chart = _lines(data, frame, "latency_ms", "latency (ms)", "log").properties(width=240)
    return chart.facet(column=alt.Column("percentile:N", title=None), **_row(data))


def _row(data: PlotData) -> dict[str, Any]:
    return {"row": _altair().Row("panel:N", title=None, sort=_panels(data))} if _has_panels(data) else {}


def _distribution_data(data: PlotData) -> pd.DataFrame:
    """Share of requests slower than a latency, of each load point's merged histogram."""
    rows: list[dict[str, Any]] = []
    for _, cell in data.cells.iterrows():
        histogram = new_histogram()
        names = [str(cell[name]) for name in CELL]
        same = (data.trials[CELL] == cell[CELL]).all(axis=1)
        for repeat in data.trials.loc[same, "repeat"]:
            folder = data.paths.trial(names[0], names[1], names[2], names[3], int(repeat))
            histogram.add(read_hlog(folder / "latency.hlog"))
        common = {**{name: cell[name] for name in ("model", "system", "generator")}, "load": load_name(cell)}
        rows += [{**common, **point} for point in _survival(histogram)]
    columns = ["model", "system", "generator", "load", "latency_ms", "share_slower"]
    frame = pd.DataFrame(rows, columns=columns)
    frame = _with_panel(frame)
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


def _distribution(data: PlotData, frame: pd.DataFrame) -> Any:
    alt = _altair()
    chart = (
        alt.Chart(frame)
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X(
                "latency_ms:Q",
                title="latency (ms)",
                scale=alt.Scale(type="log"),
            ),
            y=alt.Y(
                "share_slower:Q",
                title="share of requests slower than that",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(format="~%"),
            ),
            color=_colour(data),
            strokeDash=alt.StrokeDash("system:N", title="system", scale=alt.Scale(domain=data.systems)),
        )
        .properties(width=240, height=220)
    )
    return chart.facet(facet=alt.Facet("panel:N", title=None, sort=list(frame["panel"].unique())), columns=3)


def _resource_data(data: PlotData) -> pd.DataFrame:
    return _cell_columns(data, ["pss_mean_mib", "cpu_mean_cores", "cpu_us_per_request"])


def _resources(data: PlotData, frame: pd.DataFrame) -> Any:
    axes = {
        "pss_mean_mib": ("memory (PSS, MiB)", "log"),
        "cpu_mean_cores": ("CPU (cores)", "linear"),
        "cpu_us_per_request": ("CPU (µs per request)", "log"),
    }
    alt = _altair()
    charts = []
    for name, (title, scale) in axes.items():
        chart = _lines(data, frame.dropna(subset=[name]), name, title, scale).properties(width=240)
        charts.append(chart.facet(**_row(data)) if _has_panels(data) else chart)
    return alt.hconcat(*charts)


def _error_data(data: PlotData) -> pd.DataFrame:
    closed = data.cells[data.cells["loop"] == "closed"]
    return _with_panel(closed[["model", "system", "generator", "users", "error_rate"]])


def _errors(data: PlotData, frame: pd.DataFrame) -> Any:
    alt = _altair()
    largest = max(0.01, float(frame["error_rate"].max() or 0))
    axis = alt.Y(
        "error_rate:Q", title="errors (% of answers)", axis=alt.Axis(format="~%"), scale=alt.Scale(domain=[0, largest])
    )
    base = alt.Chart(frame).encode(x=_users_axis(frame), y=axis, color=_colour(data))
    chart = base.mark_line() + base.mark_point(filled=True, size=70).encode(shape=_shape(data))
    return _facets(data, chart.properties(width=WIDTH, height=HEIGHT))


def _open_data(data: PlotData) -> pd.DataFrame:
    names = ["latency_p50_ms", "latency_p95_ms"]
    return _melt_percentiles(_cell_columns(data, names, "open"), names, "rate_rps")


def _open(data: PlotData, frame: pd.DataFrame) -> Any:
    alt = _altair()
    base = alt.Chart(frame).encode(
        y=alt.Y("system:N", title=None, sort=data.systems), color=alt.Color("system:N", legend=None, scale=_scale(data))
    )
    value = alt.X("latency_ms:Q", title="latency from the intended start (ms)", scale=alt.Scale(type="log"))
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("latency_ms_low:Q", title="latency from the intended start (ms)"), x2="latency_ms_high:Q"
    )
    points = base.mark_point(filled=True, size=70).encode(x=value)
    chart = (bars + points).properties(width=240)
    return chart.facet(facet=alt.Facet("load:N", title=None, sort=list(frame["load"].unique())), columns=2)


def _order_data(data: PlotData) -> pd.DataFrame:
    return data.trials[["order", "campaign", "repeat", "model", "system", "generator", "load_point", "throughput_rps"]]


def _order(data: PlotData, frame: pd.DataFrame) -> Any:
    alt = _altair()
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=60)
        .encode(
            x=alt.X("order:Q", title="position in the true order of measuring"),
            y=alt.Y("throughput_rps:Q", title="throughput (requests/s)", scale=alt.Scale(type="log")),
            color=_colour(data),
            shape=_shape(data),
        )
        .properties(width=WIDTH * 1.5, height=HEIGHT)
    )


PLOTS = (
    Plot("overview", "Throughput at the most users, 95 % interval, and its verdict", _overview_data, _overview),
    Plot("throughput", "Throughput by users, 95 % interval; ≥ marks a lower bound", _throughput_data, _throughput),
    Plot(
        "latency_percentiles",
        "Latency percentiles by users, 95 % interval (at saturation: users over throughput)",
        _percentile_data,
        _percentiles,
    ),
    Plot("latency_distribution", "Latency distribution, all repeats merged", _distribution_data, _distribution),
    Plot("open_loop_latency", "Latency at a fixed rate (open loop), 95 % interval", _open_data, _open),
    Plot("resources", "Memory and CPU of the server, 95 % interval", _resource_data, _resources),
    Plot("errors", "Errors by users", _error_data, _errors),
    Plot("order", "Every trial in the order it was made", _order_data, _order),
)
