"""Whether neighbours in time move together, whatever their systems: what the machine does and no repeat averages."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from servebench.analyse.metrics import metric_of, primary_at
from servebench.analyse.rows import BLOCK, CELL, has_figures, is_measured
from servebench.load_point import parse_load_point

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
    def is_seen(self) -> bool:
        """Whether it is more than chance."""
        return self.correlation > self.by_chance

    @property
    def text(self) -> str:
        """What is seen, as a sentence."""
        figures = f"(their correlation is {self.correlation:.2f}; above {self.by_chance:.2f} it is no chance)"
        text = (
            f"Of the trials that count, neighbours in time {'' if self.is_seen else 'do not '}move together {figures}"
        )
        if not self.is_seen:
            return f"{text}: no drift is seen."
        return f"{text}: the machine drifted. Ratios of the trials of one block hold little of that."


# How far a trial's primary figure lies from the mean of its cell, as percent.
DEVIATION = "deviation_percent"
LEFT_OUT = "left_out"


def drift_of(trials: pd.DataFrame) -> Drift | None:
    """Of the trials that count, of several cells on one machine, in the order in which they were made."""
    frame = beside_means(primary_figures(trials[is_measured(trials)])).sort_values("order")
    if len(frame[CELL].drop_duplicates()) < 2 or frame["node"].nunique() > 1:
        return None
    return Drift.of(upwards(frame[DEVIATION], frame["metric"]))


def primary_figures(trials: pd.DataFrame) -> pd.DataFrame:
    """Each trial that has one: its names, its order, and the `figure` in the primary `metric` of its loop.

    It is `left_out` of the figures of its cell where it was disturbed.
    """
    told = trials[has_figures(trials)]
    metrics = [primary_at(parse_load_point(str(name)).loop).name for name in told["load_point"]]
    figures = [row[metric] for row, metric in zip(told[[*set(metrics)]].to_dict("records"), metrics, strict=True)]
    frame = told[["order", *BLOCK, *CELL]].assign(
        metric=pd.Series(metrics, told.index, dtype="string"),
        figure=pd.Series(figures, told.index, dtype="Float64"),
        **{LEFT_OUT: ~is_measured(told)},
    )
    return frame.dropna(subset=["figure"])


def beside_means(frame: pd.DataFrame) -> pd.DataFrame:
    """Each trial beside the mean of those of its cell that count; none where every one is alone in its cell."""
    names = [frame[name] for name in CELL]
    cells = frame["figure"].groupby(names)
    counted = frame["figure"].mask(frame[LEFT_OUT]).groupby(names).transform("mean")
    means = counted.fillna(cells.transform("mean"))
    found = frame.assign(**{DEVIATION: (frame["figure"] / means - 1) * 100})
    return found if (cells.transform("size") > 1).any() else found[:0]


def upwards(deviations: "pd.Series[float]", metrics: "pd.Series[str]") -> "pd.Series[float]":
    """The deviations with those of a cost turned, so that a faster machine lifts all of them."""
    is_cost = metrics.map(lambda name: not metric_of(str(name)).is_throughput)
    return deviations.where(~is_cost, -deviations)
