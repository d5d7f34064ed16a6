"""Noise of trials, on logarithms, in the order of time."""

import math
from enum import StrEnum
from typing import assert_never

import numpy as np

# As found between neighbours in time on a shared machine.
CORRELATION = 0.37
# Student's t of so few degrees of freedom has a variance, and no fourth moment.
HEAVY_DEGREES = 3


class Noise(StrEnum):
    """How the trials of one system scatter."""

    NORMAL = "normal"
    CORRELATED = "correlated"
    HEAVY_TAILED = "heavy-tailed"


def draw_noise(kind: Noise, draw: np.random.Generator, count: int, spread: float) -> "np.ndarray":
    """`count` values of mean 0 and standard deviation `spread`, one a trial, in the order of time."""
    match kind:
        case Noise.NORMAL:
            return draw.normal(0.0, spread, count)
        case Noise.CORRELATED:
            return _autoregressive(draw, count, spread)
        case Noise.HEAVY_TAILED:
            scale = math.sqrt((HEAVY_DEGREES - 2) / HEAVY_DEGREES)
            return spread * scale * draw.standard_t(HEAVY_DEGREES, count)
        case _:
            assert_never(kind)


def _autoregressive(draw: np.random.Generator, count: int, spread: float) -> "np.ndarray":
    """A stationary series of first order: neighbours correlate by CORRELATION."""
    values = draw.normal(0.0, spread, count)
    fresh = math.sqrt(1 - CORRELATION**2)
    for index in range(1, count):
        values[index] = CORRELATION * values[index - 1] + fresh * values[index]
    return values
