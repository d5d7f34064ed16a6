"""A claim of a study as data: a figure of one system, or the ratio of two, with its interval and its verdict."""

from pydantic import BaseModel, ConfigDict, Field

from servebench.analyse.contrast_verdicts import ContrastVerdict
from servebench.analyse.pairs import Point
from servebench.words import Bound, ConclusionKind, ContrastWord

# Metric, systems, and the point at which they were measured.
Key = tuple[str, tuple[str, ...], Point]


class Conclusion(BaseModel):
    """One claim, with all that it is of; what is not known is null."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ConclusionKind = Field(description="a figure of one system, or the ratio of two: the first over the second")
    model: str
    systems: tuple[str, ...] = Field(min_length=1, max_length=2)
    generator: str
    load_point: str = Field(description="the load as the folder is named")
    load: str = Field(description="the load as people say it")
    metric: str = Field(description="as workflow/schemas/metrics.yaml names it")
    unit: str | None = Field(description="of a figure; a ratio has none")
    estimate: float | None
    low: float | None = Field(description="low end of the interval")
    high: float | None = Field(description="high end of the interval")
    bound: Bound | None = Field(description="where the estimate is only a bound of the true value")
    verdict: str = Field(description="what may be claimed: a word of workflow/servebench/words.py")
    reason: str = Field(description="why")
    campaign: str | None = Field(description="the call of snakemake that made its trials; all: of several")

    @property
    def point(self) -> Point:
        """Model, generator and load point."""
        return self.model, self.generator, self.load_point

    @property
    def key(self) -> Key:
        """What it is of."""
        return self.metric, self.systems, self.point

    @property
    def turned(self) -> "Conclusion":
        """A ratio with its systems exchanged."""
        low, high = (None if end is None else 1 / end for end in (self.high, self.low))
        verdict = ContrastVerdict(ContrastWord.of(self.verdict), self.reason).turned
        return self.model_copy(
            update={
                "systems": self.systems[::-1],
                "estimate": None if self.estimate is None else 1 / self.estimate,
                "low": low,
                "high": high,
                "bound": None if self.bound is None else self.bound.turned,
                "verdict": str(verdict.word),
                "reason": verdict.reason,
            }
        )
