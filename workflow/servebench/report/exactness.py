"""How far a latency is right, told where its figure alone promises more."""

from dataclasses import dataclass

from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import Metric
from servebench.analyse.resolutions import Resolutions, resolution_ms
from servebench.report.data import StudyData
from servebench.report.format import figure


@dataclass(frozen=True)
class Exactness:
    """How far percentiles may be off, and from which share of a figure on that is worth a word."""

    resolutions: Resolutions
    smallest_effect: float

    @classmethod
    def of(cls, data: StudyData) -> "Exactness":
        """That of a study."""
        return cls(data.resolutions, Criteria.of(data.config).smallest_effect)

    def off_ms(self, generator: str, metric: Metric, latency_ms: float) -> float | None:
        """How far a latency may be off; None where a generator is right enough, or nothing says how right it is."""
        off_ms = resolution_ms(self.resolutions, generator, metric)
        return None if off_ms is None or off_ms <= self.smallest_effect * latency_ms else off_ms

    def note(self, generator: str, metric: Metric, latency_ms: float) -> str:
        """Such as `instrument ±0.4 ms`; empty likewise."""
        off_ms = self.off_ms(generator, metric, latency_ms)
        if off_ms is None:
            return ""
        most = f": at most {figure(latency_ms + off_ms, 2)} ms" if off_ms >= latency_ms else ""
        return f"instrument ±{figure(off_ms, 2)} ms{most}"
