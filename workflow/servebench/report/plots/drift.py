"""Whether neighbours in time move together, whatever their systems: what the machine does and no repeat averages."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from servebench.analyse.metrics import metric_of

# With fewer trials chance alone reaches half of all there is.
LEAST_TRIALS = 16


@dataclass(frozen=True)
class Drift:
    """The correlation of each trial with the one before it (lag 1), and what chance reaches in one of 20 studies."""

    correlation: float
    by_chance: float

    @classmethod
    def of(cls, deviations: "pd.Series[float]") -> "Drift | None":
        """Of trials in their order, each beside the mean of its cell; None of too few, or where all are alike.

        Of n independent ones it lies within 2 / sqrt(n) in 95 of 100 cases (Bartlett 1946).
        """
        values = deviations.to_numpy(dtype=float)
        beside = values - values.mean() if len(values) else values
        spread = float(np.sum(beside**2))
        if len(values) < LEAST_TRIALS or spread == 0:
            return None
        return cls(float(np.sum(beside[1:] * beside[:-1])) / spread, 2 / len(values) ** 0.5)

    @property
    def text(self) -> str:
        """What is seen, as a sentence."""
        figures = f"(correlation {self.correlation:.2f}, by chance up to {self.by_chance:.2f})"
        if self.correlation <= self.by_chance:
            return f"Neighbours in time do not move together {figures}: no drift is seen."
        return f"Neighbours in time move together {figures}: the machine drifted, which ratios within blocks leave out."


def upwards(deviations: "pd.Series[float]", metrics: "pd.Series[str]") -> "pd.Series[float]":
    """The deviations with those of a cost turned, so that a faster machine lifts all of them."""
    is_cost = metrics.map(lambda name: not metric_of(str(name)).is_throughput)
    return deviations.where(~is_cost, -deviations)
