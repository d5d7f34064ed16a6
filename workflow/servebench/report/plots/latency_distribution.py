"""Latency by percentile, on an axis where each further nine takes as much room, as HdrHistogram plots it."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pandas as pd
from hdrh.histogram import HdrHistogram

from servebench.analyse.cell_name import CellName
from servebench.analyse.cell_percentiles import is_in_many_seconds, slowest_ms
from servebench.analyse.majority import counted_trials
from servebench.analyse.raw import read_latencies
from servebench.analyse.rows import CELL, POINT
from servebench.histogram import new_histogram, percentiles_ms
from servebench.percentile_needs import are_enough_requests, share_beyond
from servebench.report.data import StudyData
from servebench.report.plots.axes import LABEL_SEPARATION, log_axis
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import PERCENTILE_BOUND, at_most_load, panel_a_load, with_panel
from servebench.report.plots.marks import POINT_SIZE, colour, shape
from servebench.report.plots.need import NO_PERCENTILE, Need
from servebench.report.plots.panels import Panels
from servebench.report.plots.plot import Plot
from servebench.report.style import STRONG_GRID

# Shares of requests that are slower; those at which guides and points stand.
GUIDES = (0.5, 0.1, 0.01, 0.001, 0.0001, 0.00001)
LEFT = 0.9
# Points a decade, and of a whole plot.
FINEST, MOST_POINTS = 10, 6_000
# With more loads only the largest of each loop is drawn.
MOST_PANELS = 6
# The told percentile whose absence means that none may be told.
TOLD = "latency_p50_ms"


def _data(data: StudyData) -> pd.DataFrame:
    """The latency that a share of the requests exceeds, of each cell's merged histogram, as far as it may be told."""
    cells = data.measured_cells.dropna(subset=[TOLD])
    if len(cells[POINT].drop_duplicates()) > MOST_PANELS:
        cells = at_most_load(cells)
    trials_of = {CellName.of(group.iloc[0]): group for _, group in data.trials.groupby(CELL, sort=False)}
    shares = _shares(len(cells))
    rows: list[dict[str, Any]] = []
    for _, cell in cells.iterrows():
        trials = counted_trials(trials_of[CellName.of(cell)])
        histogram = new_histogram()
        for _, trial in trials.iterrows():
            histogram.add(read_latencies(data.trial_folder(trial)))
        enough = _with_enough(shares, histogram.get_total_count(), cell[PERCENTILE_BOUND])
        slowest = slowest_ms(data.trial_folder(trial) for _, trial in trials.iterrows())
        common = {name: cell[name] for name in CELL}
        rows += [
            {**common, "share_slower": share, "latency_ms": latency}
            for share, latency in _told(histogram, enough, slowest)
        ]
    frame = pd.DataFrame(rows, columns=[*CELL, "share_slower", "latency_ms"])
    return with_panel(frame.astype(dict.fromkeys(CELL, "string"))).dropna(subset=["latency_ms"])


def _shares(cells: int) -> list[float]:
    """Shares at even distances on the axis, fewer a decade where there are many cells, and those of the guides."""
    decade = max(2, min(FINEST, MOST_POINTS // (max(cells, 1) * len(GUIDES))))
    spaced = [10 ** (-step / decade) for step in range(1, decade * (len(GUIDES) - 1) + 1)]
    return sorted({round(share, 9) for share in (LEFT, *GUIDES, *spaced) if share <= LEFT}, reverse=True)


def _with_enough(shares: list[float], requests: int, bound: Any) -> list[float]:
    """The shares with requests enough beyond them, up to the percentile above which there are only lower bounds."""
    least = 0.0 if pd.isna(bound) else share_beyond(float(bound))
    return [share for share in shares if share >= least and are_enough_requests(requests, share)]


def _told(
    histogram: HdrHistogram, shares: list[float], slowest: list[float] | None
) -> Iterator[tuple[float, float | None]]:
    """Each share with the latency that it exceeds, up to where one stall makes all that is slower."""
    latencies = percentiles_ms(histogram, [100 * (1 - share) for share in shares])
    return takewhile(lambda point: is_in_many_seconds(point[1], slowest), zip(shares, latencies, strict=True))


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt, frame = altair(), panel_a_load(frame)
    panels = Panels.of(frame)
    right = min(frame["share_slower"])
    guides = [share for share in GUIDES if share >= right]
    # 1 - 0.001 is p99.9: one nine more for each decade to the right.
    percentile = "'p' + format(100 - 100 * datum.value, '.8~r')"
    x = alt.X(
        "share_slower:Q",
        title="percentile of the requests",
        scale=alt.Scale(type="log", domain=[LEFT, right / 1.1], nice=False),
        axis=alt.Axis(
            values=guides,
            labelExpr=percentile,
            labelOverlap="greedy",
            labelSeparation=LABEL_SEPARATION,
            labelBound=4,
            gridColor=STRONG_GRID,
        ),
    )
    base = alt.Chart(frame).encode(
        x=x, y=log_axis(alt.Y, "latency_ms", "latency (ms)", list(frame["latency_ms"])), color=colour(data)
    )
    is_guide = alt.FieldOneOfPredicate(field="share_slower", oneOf=guides)
    points = base.transform_filter(is_guide).mark_point(filled=True, size=POINT_SIZE * 0.7, opacity=1)
    chart = base.mark_line(strokeWidth=2, opacity=0.8) + points.encode(shape=shape(data))
    return panels.of_chart(chart.properties(width=panels.width, height=panels.height))


PLOT = Plot(
    "latency_distribution",
    "How slow the slowest requests are: latency by percentile, all repeats merged",
    "From p90 on each step to the right is ten times fewer requests: at p99.9 stands what one in a thousand exceeds. "
    "A line ends where too few requests are slower to tell a percentile, or those without an answer leave only bounds; "
    "of what was disturbed it is an upper bound; merged, it is not the table's mean of the repeats.",
    _data,
    _draw,
    Need(NO_PERCENTILE),
)
