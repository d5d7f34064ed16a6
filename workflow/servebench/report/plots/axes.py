"""Axes with as many ticks as there is room for, over what was measured and no further."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import IS_LOWER_BOUND, IS_UPPER_BOUND
from servebench.report.style import GRID, STRONG_GRID

# Of the axis, at each end.
PADDING = 0.06
# The same of an axis of amounts, at which systems stand side by side.
AMOUNT_PADDING = 0.1
# Of the axis, from a point to the end of its arrow.
ARROW = 0.06
# Digits of a decade that have a tick, and at which decades: the first that fits is taken.
TICKS: tuple[tuple[tuple[int, ...], int], ...] = (
    ((1, 2, 5), 1),
    ((1, 3), 1),
    ((1,), 1),
    ((1,), 2),
    ((1,), 3),
    ((1,), 6),
)
MOST_TICKS = 6
LABEL_SEPARATION = 6
# A tick's text with its sign, of which zero has none.
SIGNED = "datum.value === 0 ? '0' : format(datum.value, '+~r')"
# Amounts of load that have a tick each.
MOST_AMOUNTS = 10


def log_limits(values: Iterable[Any], padding: float = PADDING) -> tuple[float, float]:
    """The ends of a logarithmic axis over the positive ones of some values, with a little room."""
    found = [float(value) for value in values if pd.notna(value) and float(value) > 0] or [1.0]
    room = max((max(found) / min(found)) ** padding, 1.1)
    return min(found) / room, max(found) * room


def log_ticks(low: float, high: float, most: int = MOST_TICKS) -> list[float]:
    """Round numbers for a logarithmic axis; evenly spaced ones where it spans no decade."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits, step in TICKS:
        ticks = [float(f"{digit}e{decade}") for decade in decades if decade % step == 0 for digit in digits]
        within = [tick for tick in ticks if low <= tick <= high]
        if len(within) <= most:
            return within if len(within) > 2 or high > 10 * low else even_ticks(low, high, most)
    return within


def even_ticks(low: float, high: float, most: int = MOST_TICKS) -> list[float]:
    """Round numbers at even distances."""
    least = (high - low) / most
    decade = 10.0 ** math.floor(math.log10(least))
    step = next(step for step in (decade, 2 * decade, 5 * decade, 10 * decade) if step >= least)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [float(f"{number * step:.6g}") for number in range(first, last + 1)]


def values_of(frame: pd.DataFrame, value: str) -> list[float]:
    """What an axis of a value must hold: the estimates, the ends of their intervals, the arrows of bounds."""
    columns = [name for name in (value, f"{value}_low", f"{value}_high") if name in frame]
    found = [float(number) for name in columns for number in frame[name] if pd.notna(number)]
    if not found or min(found) <= 0:
        return found
    room = (max(found) / min(found)) ** ARROW
    above = [number * room for number in _bounds(frame, value, IS_LOWER_BOUND)]
    below = [number / room for number in _bounds(frame, value, IS_UPPER_BOUND)]
    return [*found, *above, *below]


def _bounds(frame: pd.DataFrame, value: str, side: str) -> list[float]:
    """The values that are bounds on this side."""
    values = frame.loc[frame[side].astype(bool), value].dropna() if side in frame else frame[value][:0]
    return [float(number) for number in values]


def log_axis(
    channel: Any, field: str, title: str, values: Sequence[float], most: int = MOST_TICKS, is_whole: bool = False
) -> Any:
    """A logarithmic axis for a channel (`X` or `Y`) over these values; ticks at whole numbers only where they are."""
    alt = altair()
    low, high = log_limits(values)
    ticks = log_ticks(low, high, most)
    return channel(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(
            values=[tick for tick in ticks if tick.is_integer()] if is_whole else ticks,
            format=",~r",
            labelOverlap="greedy",
            labelSeparation=LABEL_SEPARATION,
        ),
    )


def zero_axis(channel: Any, field: str, title: str, values: Sequence[float], most: int = MOST_TICKS) -> Any:
    """A linear axis from zero on."""
    alt = altair()
    high = max(values, default=0.0) * (1 + PADDING) or 1.0
    return channel(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=[0, high], nice=False),
        axis=alt.Axis(
            values=even_ticks(0, high, most), format=",~r", labelOverlap="greedy", labelSeparation=LABEL_SEPARATION
        ),
    )


def deviation_axis(field: str, title: str, deviations: Iterable[float]) -> Any:
    """A vertical axis in percent, as far above zero as below it."""
    alt = altair()
    far = max(1.0, *(abs(deviation) for deviation in deviations)) * 1.1
    grid = {"condition": {"test": "datum.value === 0", "value": STRONG_GRID}, "value": GRID}
    return alt.Y(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=[-far, far], nice=False),
        axis=alt.Axis(values=even_ticks(-far, far), labelExpr=SIGNED, gridColor=grid),
    )


def amount_axis(field: str, title: str, amounts: Iterable[Any]) -> Any:
    """Amounts from left to right on a logarithmic scale, ticks where something was measured if that is few."""
    alt = altair()
    values = sorted({float(amount) for amount in amounts if pd.notna(amount)})
    low, high = log_limits(values, AMOUNT_PADDING)
    ticks = values if len(values) <= MOST_AMOUNTS else log_ticks(low, high)
    return alt.X(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=ticks, format=",.0f", labelOverlap="greedy", labelSeparation=LABEL_SEPARATION),
    )
