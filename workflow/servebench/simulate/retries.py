"""What it does to a figure that disturbed windows are made again: its bias, and how often its interval holds the truth.

The truth is what the system does undisturbed. A window is disturbed with some probability; what disturbs it takes an
exponential share of it from the server. The rule sees it above its threshold, drops the window and makes it again, at
most twice; a trial whose last window is disturbed too is left out, as long as most of the cell's trials are left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from servebench.analyse.majority import are_enough
from servebench.analyse.statistics import Interval, log_interval
from servebench.simulate.noise import Noise, draw_noise
from servebench.simulate.studies import SPREAD, holds
from servebench.thresholds import SERVER_WAITED

DISTURBED_SHARES = (0.0, 0.1, 0.3)
# What a disturbance takes of a window, in the mean.
MEAN_TAKEN = 0.15


@dataclass(frozen=True)
class Retried:
    """The bias of the cells' estimates as a share of the truth, and the share of their intervals that hold it."""

    noise: Noise
    disturbed: float
    most_retries: int
    bias: float
    covered: float


def simulate_retries(
    noise: Noise, disturbed: float, most_retries: int, blocks: int, simulations: int, seed: int
) -> Retried:
    """Make so many cells by the rule, or with no retries by none: then every window is taken as it is."""
    draw = np.random.default_rng(seed)
    found = [_cell(draw, noise, disturbed, most_retries, blocks) for _ in range(simulations)]
    return Retried(
        noise,
        disturbed,
        most_retries,
        float(np.mean([interval.estimate for interval in found])) - 1,
        float(np.mean([holds(interval, 1.0) for interval in found])),
    )


def _cell(draw: np.random.Generator, noise: Noise, disturbed: float, most_retries: int, blocks: int) -> Interval:
    count = blocks * (2 + most_retries)
    taken = np.where(draw.random(count) < disturbed, draw.exponential(MEAN_TAKEN, count), 0.0)
    # In the order of time: a trial made again is the next window, and another system's lies between two trials.
    windows = zip(np.exp(draw_noise(noise, draw, count, SPREAD) - taken), taken, strict=True)
    trials = []
    for _ in range(blocks):
        trials.append(_trial(windows, most_retries))
        next(windows)
    counted = [figure for figure, is_valid in trials if is_valid]
    is_enough = most_retries > 0 and are_enough(len(counted), blocks)
    interval = log_interval(counted if is_enough else [figure for figure, _ in trials])
    assert interval is not None
    return interval


def _trial(windows: Iterator[tuple[float, float]], most_retries: int) -> tuple[float, bool]:
    """The figure of the first window that counts, else of the last one allowed; and whether it counts."""
    figure = 0.0
    for figure, taken in islice(windows, 1 + most_retries):
        if taken <= SERVER_WAITED:
            return float(figure), True
    return float(figure), False
