"""The mean of logarithms with its error, so that means of independent samples can be set against each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import t as student_t

from servebench.analyse.statistics import NO_SPREAD, Interval, standard_deviation
from servebench.thresholds import LEAST_REPEATS


@dataclass(frozen=True)
class LogEstimate:
    """A mean of logarithms; `variance` is that of the mean, with its degrees of freedom; `n` values are behind it."""

    mean: float
    variance: float
    freedom: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "LogEstimate | None":
        """That of positive values; None below three values, or where one is not positive."""
        if len(values) < LEAST_REPEATS or min(values) <= 0:
            return None
        logs = [math.log(value) for value in values]
        variance = standard_deviation(logs) ** 2 / len(logs)
        return cls(math.fsum(logs) / len(logs), variance, len(logs) - 1, len(logs))

    @property
    def ratio(self) -> float:
        """What its logarithm is the mean of."""
        return math.exp(self.mean)

    def over(self, other: "LogEstimate") -> "LogEstimate":
        """The ratio to an independent one: Welch's, with Satterthwaite's degrees of freedom (1946)."""
        variance = self.variance + other.variance
        if variance <= NO_SPREAD**2:
            freedom = self.freedom + other.freedom
        else:
            parts = self.variance**2 / self.freedom + other.variance**2 / other.freedom
            freedom = variance**2 / parts
        return LogEstimate(self.mean - other.mean, variance, freedom, self.n + other.n)

    def interval(self, confidence: float = 0.95) -> Interval:
        """The ratio with its interval."""
        half = float(student_t.ppf((1 + confidence) / 2, self.freedom)) * math.sqrt(self.variance)
        return Interval(self.ratio, math.exp(self.mean - half), math.exp(self.mean + half), self.n)
