"""Percentiles of the latency: lines over the load where systems have several loads, else a row a system."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots import off
from servebench.report.plots.axes import values_of
from servebench.report.plots.dots import DotPlot
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import PERCENTILE, figure_texts, is_series, panel_a_load
from servebench.report.plots.lines import lines
from servebench.report.plots.panels import Panels

VALUE = "latency_ms"


@dataclass(frozen=True)
class Limit:
    """The most that a percentile may be."""

    percentile: str
    latency_ms: float


@dataclass(frozen=True)
class LatencyPlot:
    """The percentiles of a frame made by `by_percentile`, over the column `amount`; the limit is a dashed line."""

    data: StudyData
    frame: pd.DataFrame
    amount: str
    amount_title: str
    title: str
    limit: Limit | None = None

    def draw(self) -> Any:
        """The chart of all panels."""
        frame = off.with_ends(self.frame, VALUE, [*values_of(self.frame, VALUE), *self._limits])
        return self._lines(frame) if is_series(frame, self.amount) else self._dots(frame)

    def _lines(self, frame: pd.DataFrame) -> Any:
        frame = frame.assign(panel=frame[PERCENTILE] + ", " + frame["panel"])
        chart = lines(self.data, frame, VALUE, self.title, self.amount, self.amount_title, self._limits)
        return Panels.of(frame).of_chart(self._with_limit(chart, frame))

    def _with_limit(self, chart: Any, frame: pd.DataFrame) -> Any:
        if self.limit is None:
            return chart
        alt = altair()
        rule = (
            alt.Chart(frame)
            .transform_filter(f"datum.{PERCENTILE} == '{self.limit.percentile}'")
            .mark_rule(strokeDash=[6, 4], strokeWidth=1.5)
            .encode(y=alt.YDatum(self.limit.latency_ms, title=self.title))
        )
        return chart + rule

    @property
    def _limits(self) -> list[float]:
        return [] if self.limit is None else [self.limit.latency_ms]

    def _dots(self, frame: pd.DataFrame) -> Any:
        frame = panel_a_load(frame)
        texts = zip(frame[PERCENTILE], figure_texts(frame, VALUE), strict=True)
        frame = frame.assign(figure=[f"{percentile} {figure}" for percentile, figure in texts], note="")
        return DotPlot(self.data, frame, VALUE, self.title, PERCENTILE, limits=self._limits).draw()
