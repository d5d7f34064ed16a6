"""A made-up study: two systems in every block, neighbours in time, in random order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from servebench.analyse.statistics import Interval, log_interval, paired_ratio
from servebench.simulate.noise import Noise, draw_noise

# Of one trial, as on a shared machine; intervals scale with it, only the three answers depend on it.
SPREAD = 0.04


@dataclass(frozen=True)
class Study:
    """The figure of both systems in each block; the truth is 1 for the second, the ratio for the first."""

    first: Sequence[float]
    second: Sequence[float]
    ratio: float

    @property
    def blocks(self) -> int:
        """How many there are."""
        return len(self.first)

    def cell(self, blocks: int, confidence: float = 0.95) -> Interval:
        """The second system's interval over the first blocks."""
        found = log_interval(self.second[:blocks], confidence)
        assert found is not None
        return found

    def contrast(self, blocks: int, confidence: float = 0.95) -> Interval:
        """The ratio's interval over the first blocks."""
        found = paired_ratio(self.first[:blocks], self.second[:blocks], confidence)
        assert found is not None
        return found

    def covers(self, blocks: int, confidence: float = 0.95) -> tuple[bool, bool]:
        """Whether the intervals of cell and ratio hold the truth."""
        return holds(self.cell(blocks, confidence), 1.0), holds(self.contrast(blocks, confidence), self.ratio)


def holds(interval: Interval, truth: float) -> bool:
    """Whether it lies within the interval; never without bounds."""
    return interval.low is not None and interval.high is not None and interval.low <= truth <= interval.high


def draw_study(
    draw: np.random.Generator, noise: Noise, blocks: int, ratio: float = 1.0, spread: float = SPREAD
) -> Study:
    """One study of so many blocks."""
    pairs = np.exp(draw_noise(noise, draw, 2 * blocks, spread)).reshape(blocks, 2)
    is_turned = draw.random(blocks) < 0.5
    pairs[is_turned] = pairs[is_turned, ::-1]
    return Study([float(value) * ratio for value in pairs[:, 0]], [float(value) for value in pairs[:, 1]], ratio)
