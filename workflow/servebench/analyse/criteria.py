"""What a study asks of its intervals and contrasts: which effect counts, and how sure a claim must be."""

from dataclasses import dataclass

from servebench.analyse.metrics import Metric
from servebench.config import Config
from servebench.percentage import parse_percentage
from servebench.thresholds import FALSE_CLAIMS, LOOKS, SMALLEST_EFFECT, SMALLEST_EFFECT_MEMORY


@dataclass(frozen=True)
class Criteria:
    """Shares, 0 to 1; `precision` is the wished half width of the intervals, None where the repeats are given."""

    smallest_effect: float = SMALLEST_EFFECT
    smallest_effect_memory: float = SMALLEST_EFFECT_MEMORY
    precision: float | None = None

    @classmethod
    def of(cls, config: Config) -> "Criteria":
        """What a configuration says."""
        return cls(
            parse_percentage(config.smallest_effect),
            parse_percentage(config.smallest_effect_memory),
            None if config.precision is None else parse_percentage(config.precision),
        )

    @property
    def confidence(self) -> float:
        """Of every interval: 95 %, or with looks so much that all of them together make 5 % false claims at most."""
        return 1 - FALSE_CLAIMS / (1 if self.precision is None else len(LOOKS))

    def effect_on(self, metric: Metric) -> float:
        """The smallest effect on a figure."""
        return self.smallest_effect_memory if metric.is_memory else self.smallest_effect
