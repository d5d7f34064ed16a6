"""A straight line through samples, with the interval of its slope."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import linregress, t

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Slope:
    """The least-squares slope and its 95 % interval."""

    value: float
    low: float
    high: float


def slope_of(x: Sequence[float], y: Sequence[float]) -> Slope:
    """The slope of y over x; needs three samples."""
    if len(set(y)) == 1:
        return Slope(0.0, 0.0, 0.0)
    line = linregress(x, y)
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(x) - 2) * line.stderr)
    return Slope(float(line.slope), float(line.slope) - half, float(line.slope) + half)
