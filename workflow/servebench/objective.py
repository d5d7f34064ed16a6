"""An objective of latency, such as `p99 <= 50 ms`."""

import re
from dataclasses import dataclass

PATTERN = r"^p(50|90|95|99|99\.9) <= (\d+(?:\.\d+)?) ms$"


@dataclass(frozen=True)
class Objective:
    """A percentile of the latency and the most that it may be."""

    percentile: float
    limit_ms: float

    @classmethod
    def parse(cls, text: str) -> "Objective":
        """Read `p99 <= 50 ms`; raises ValueError where it is none."""
        found = re.fullmatch(PATTERN, text)
        if found is None or float(found[2]) == 0:
            raise ValueError("write it like 'p99 <= 50 ms', with p50, p90, p95, p99 or p99.9")
        return cls(float(found[1]), float(found[2]))

    def __str__(self) -> str:
        return f"p{self.percentile:g} <= {self.limit_ms:g} ms"
