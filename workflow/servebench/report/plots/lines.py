"""Estimates with their intervals over an amount, a line a system; systems that would overlap stand side by side."""

import json
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots import off
from servebench.report.plots.axes import AMOUNT_PADDING, amount_axis, log_axis, log_limits, values_of
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.marks import BAR_WIDTH, POINT_SIZE, UP_AND_DOWN, arrows, colour, shape
from servebench.report.plots.panels import Panels

# Of neighbours at one amount, and of all of them together.
STEP, MOST_STEPS = 7.0, 28.0


def lines(
    data: StudyData,
    frame: pd.DataFrame,
    value: str,
    title: str,
    amount: str,
    amount_title: str,
    also_held: Sequence[float] = (),
) -> Any:
    """The layers of one panel: lines, intervals, points, arrows. The axis holds the values of `also_held` too."""
    panels = Panels.of(frame)
    base = dodged(data, frame, amount, panels.width).encode(
        x=amount_axis("at", amount_title, frame[amount]), color=colour(data)
    )
    held = [*values_of(frame, value), *also_held]
    y = log_axis(altair().Y, off.LOW, title, held)
    pale = [bars.encode(y=y, y2=f"{off.HIGH}:Q") for bars in off.bars(base, frame)]
    # The legend is as pale as what comes first.
    layers = altair().layer(estimates(base, value, title, held, shape(data)), *pale)
    return layers.properties(width=panels.width, height=panels.height)


def estimates(base: Any, value: str, title: str, held: Sequence[float], shapes: Any) -> Any:
    """The layers of a chart whose `x` and colour are encoded already; the axis is over the values that it holds."""
    alt = altair()
    axis = log_axis(alt.Y, value, title, held)
    line = base.mark_line(strokeWidth=2, opacity=0.6).encode(y=axis)
    bars = base.mark_rule(strokeWidth=BAR_WIDTH).encode(
        y=log_axis(alt.Y, f"{value}_low", title, held), y2=f"{value}_high:Q"
    )
    points = base.mark_point(filled=True, size=POINT_SIZE, opacity=1).encode(y=axis, shape=shapes)
    return alt.layer(line, bars, points, *arrows(base.encode(y=axis), UP_AND_DOWN))


def dodged(data: StudyData, frame: pd.DataFrame, amount: str, width: float) -> Any:
    """A chart whose `at` is the amount, moved a little to the left or right, each system by its own distance."""
    present = set(frame["system"])
    systems = [name for name in data.systems if name in present]
    low, high = log_limits(frame[amount], AMOUNT_PADDING)
    step = min(STEP, MOST_STEPS / max(len(systems), 1))
    factor = math.exp(math.log(high / low) * step / width)
    place = f"indexof({json.dumps(systems)}, datum.system) - {(len(systems) - 1) / 2:g}"
    return altair().Chart(frame).transform_calculate(at=f"datum.{amount} * pow({factor:.6f}, {place})")
