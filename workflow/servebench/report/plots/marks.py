"""The marks that plots share: a system's colour and shape, the sign of a bound, a sentence for a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import IS_LOWER_BOUND, IS_UPPER_BOUND
from servebench.report.style import FONT, FULL_WIDTH, WIDTH, colour_of, sentence_lines, shape_of, text_width

POINT_SIZE, BAR_WIDTH = 90, 3
# Of a symbol in a legend, with the room around it.
SYMBOL_WIDTH = 34
# Of a sentence.
LINE_HEIGHT = 22
# Arrows, as paths in a square from -1 to 1.
ARROW_UP = "M0,0.9L0,-0.9M-0.6,-0.2L0,-0.9L0.6,-0.2"
ARROW_DOWN = "M0,-0.9L0,0.9M-0.6,0.2L0,0.9L0.6,0.2"
ARROW_RIGHT = "M-0.9,0L0.9,0M0.2,-0.6L0.9,0L0.2,0.6"
ARROW_LEFT = "M0.9,0L-0.9,0M-0.2,-0.6L-0.9,0L-0.2,0.6"
ARROW_DISTANCE = 16


@dataclass(frozen=True)
class Arrow:
    """Which bounds have it: its column, its path, and how far from the point it stands."""

    column: str
    path: str
    offset: Mapping[str, int]


RIGHT_AND_LEFT = (
    Arrow(IS_LOWER_BOUND, ARROW_RIGHT, {"xOffset": ARROW_DISTANCE}),
    Arrow(IS_UPPER_BOUND, ARROW_LEFT, {"xOffset": -ARROW_DISTANCE}),
)
UP_AND_DOWN = (
    Arrow(IS_LOWER_BOUND, ARROW_UP, {"yOffset": -ARROW_DISTANCE}),
    Arrow(IS_UPPER_BOUND, ARROW_DOWN, {"yOffset": ARROW_DISTANCE}),
)


def colour_scale(data: StudyData) -> Any:
    """One colour a system, the same in every plot."""
    return altair().Scale(**colour_of(data.systems, data.config.every_system))


def colour(data: StudyData) -> Any:
    """A system's colour, with a legend."""
    return altair().Color("system:N", title="system", scale=colour_scale(data), legend=_legend(data))


def colour_of_named(data: StudyData) -> Any:
    """A system's colour, where its name stands beside."""
    return altair().Color("system:N", legend=None, scale=colour_scale(data))


def shape(data: StudyData) -> Any:
    """A system's shape, for readers who do not tell the colours apart."""
    alt = altair()
    scale = alt.Scale(**shape_of(data.systems, data.config.every_system))
    return alt.Shape("system:N", title="system", scale=scale, legend=_legend(data))


def _legend(data: StudyData) -> Any:
    """Three names side by side where there is room for them."""
    return altair().Legend(columns=3 if text_width(data.systems) <= WIDTH / 3 - SYMBOL_WIDTH else 2)


def arrows(base: Any, kinds: Sequence[Arrow]) -> list[Any]:
    """Beside the points that are bounds, an arrow to where the true value is."""
    return [
        base.transform_filter(f"datum.{arrow.column}").mark_point(
            shape=arrow.path, filled=False, size=120, strokeWidth=2, opacity=1, **arrow.offset
        )
        for arrow in kinds
    ]


def sentence(text: str) -> Any:
    """A sentence, where there is nothing to draw, in as many lines as it takes."""
    alt = altair()
    lines = sentence_lines(text)
    words = pd.DataFrame({"text": lines, "line": range(len(lines))})
    y = alt.Y("line:O", axis=None)
    chart = alt.Chart(words).mark_text(fontSize=FONT, align="left").encode(x=alt.value(0), y=y, text="text:N")
    return chart.properties(width=FULL_WIDTH, height=alt.Step(LINE_HEIGHT), view=alt.ViewBackground(stroke=None))
