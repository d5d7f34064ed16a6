"""Estimates with their intervals, a row a system, and the figures as text in a column of their own beside the plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots import off
from servebench.report.plots.axes import log_axis, values_of, zero_axis
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.marks import BAR_WIDTH, POINT_SIZE, RIGHT_AND_LEFT, arrows, colour_of_named, shape
from servebench.report.plots.panels import Panels
from servebench.report.style import FULL_WIDTH, NAME_LIMIT, text_width

# The text beside a row, and a second line of it below.
FIGURE, NOTE = "figure", "note"
GAP, LEAST_WIDTH, TICK_WIDTH = 14, 160, 70
ROW_OF_ONE_LINE, ROW_OF_TWO_LINES, ROW_OF_PART = 30, 44, 19
# Of the rows' height, between rows of several lines.
ROOM_BETWEEN = 0.15


@dataclass(frozen=True)
class DotPlot:
    """Rows of systems, in one panel a load. Where a system has several figures, each value of `part` has its line.

    `limits` are dashed lines through all rows.
    """

    data: StudyData
    frame: pd.DataFrame
    value: str
    title: str
    part: str | None = None
    is_from_zero: bool = False
    is_whole: bool = False
    limits: Sequence[float] = ()

    def draw(self) -> Any:
        """The chart of all panels, one below the other."""
        alt = altair()
        bars = [self._bars()] if f"{self.value}_low" in self.frame else []
        layers = [*self._limit_lines(), *self._off_bars(), *bars, self._points(), *self._arrows(), *self._texts()]
        chart = alt.layer(*layers).properties(width=self.width, height=alt.Step(self._step))
        return Panels.of(self.frame).of_chart(chart, columns=1).resolve_scale(y="independent")

    @property
    def width(self) -> float:
        """What names and texts leave of the picture."""
        names = min(text_width(list(self.frame["system"])), NAME_LIMIT)
        texts = max(text_width(list(self.frame[name])) for name in (FIGURE, NOTE))
        return max(LEAST_WIDTH, FULL_WIDTH - names - texts - 2 * GAP)

    @property
    def _step(self) -> int:
        """The height of a row, or of one line of it."""
        if self.part:
            return ROW_OF_PART
        return ROW_OF_TWO_LINES if self._has_notes else ROW_OF_ONE_LINE

    @property
    def _has_notes(self) -> bool:
        return any(self.frame[NOTE])

    @property
    def _base(self) -> Any:
        alt = altair()
        base, y = alt.Chart(self.frame), alt.Y("system:N", title=None, sort=self.data.systems)
        if not self.part:
            return base.encode(y=y)
        parts = list(self.frame[self.part].unique())
        return base.encode(
            y=y.scale(padding=ROOM_BETWEEN),
            yOffset=alt.YOffset(f"{self.part}:N", sort=parts, scale=alt.Scale(domain=parts)),
        )

    @property
    def _coloured(self) -> Any:
        return self._base.encode(color=colour_of_named(self.data))

    def _axis(self, field: str) -> Any:
        values = [*values_of(self.frame, self.value), *self.limits]
        most = max(3, int(self.width / TICK_WIDTH))
        if self.is_from_zero:
            return zero_axis(altair().X, field, self.title, values, most)
        return log_axis(altair().X, field, self.title, values, most, self.is_whole)

    def _limit_lines(self) -> list[Any]:
        alt = altair()
        return [
            alt.Chart(self.frame).mark_rule(strokeDash=[6, 4], strokeWidth=1.5).encode(x=alt.XDatum(limit))
            for limit in self.limits
        ]

    def _off_bars(self) -> list[Any]:
        x, x2 = self._axis(off.LOW), f"{off.HIGH}:Q"
        return [bars.encode(x=x, x2=x2) for bars in off.bars(self._coloured, self.frame)]

    def _bars(self) -> Any:
        bars = self._coloured.mark_rule(strokeWidth=BAR_WIDTH)
        return bars.encode(x=self._axis(f"{self.value}_low"), x2=f"{self.value}_high:Q")

    def _points(self) -> Any:
        points = self._coloured.mark_point(filled=True, size=POINT_SIZE * 0.7 if self.part else POINT_SIZE, opacity=1)
        return points.encode(x=self._axis(self.value), shape=shape(self.data).legend(None))

    def _arrows(self) -> list[Any]:
        return arrows(self._coloured.encode(x=self._axis(self.value)), RIGHT_AND_LEFT)

    def _texts(self) -> list[Any]:
        """The figure, and below it the note, right of the plot."""
        base = self._base.encode(x=altair().value(self.width + GAP))
        figure = base.mark_text(align="left", dy=-8 if self._has_notes else 0).encode(text=f"{FIGURE}:N")
        note = base.mark_text(align="left", dy=10, opacity=0.7).encode(text=f"{NOTE}:N")
        return [figure, note] if self._has_notes else [figure]
