"""Whether the intervals' arithmetic fits the recorded spread: how often they hold the truth in trials drawn from it.

No A against A: what is drawn anew is independent, so that drift and correlation are gone (`config/aa.yaml` measures one
system under two names; `python -m servebench coverage` simulates correlated noise).

The deviations of the repeats' logarithms from their cell's mean, inflated by sqrt(n / (n - 1)) for the mean that they
were taken from and scaled to one spread, are drawn with replacement for two systems that are the same; the interval is
the one that the contrasts get (Student's t on within-block differences of logs).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from servebench.analyse.metrics import catalogue
from servebench.analyse.rows import CELL, is_measured
from servebench.analyse.statistics import paired_ratio, standard_deviation
from servebench.analyse.tables import read_table
from servebench.files import write_json
from servebench.thresholds import LEAST_DEVIATIONS, LEAST_REPEATS, NOMINAL_COVERAGE
from servebench.words import CalibrationStatus

SIMULATIONS = 4000


@dataclass(frozen=True)
class Coverage:
    """The share of the simulated intervals that cover 1, from how many recorded deviations and blocks."""

    share: float
    deviations: int
    blocks: int

    @property
    def passed(self) -> bool:
        """Whether a nominal 95 % is between 90 and 99 %."""
        return NOMINAL_COVERAGE[0] <= self.share <= NOMINAL_COVERAGE[1]


def standard_deviations_of(cells: Sequence[Sequence[float]]) -> list[float]:
    """The repeats' log deviations of every cell, each cell scaled to a spread of 1; cells need 3 positive repeats."""
    found: list[float] = []
    for values in cells:
        if len(values) < LEAST_REPEATS or min(values) <= 0:
            continue
        logs = [math.log(value) for value in values]
        mean = math.fsum(logs) / len(logs)
        spread = standard_deviation(logs)
        if spread > 0:
            inflation = math.sqrt(len(logs) / (len(logs) - 1))
            found += [(value - mean) / spread * inflation for value in logs]
    return found


def simulate_coverage(cells: Sequence[Sequence[float]], blocks: int, seed: int) -> Coverage | None:
    """Draw two equal systems again and again from what was recorded; None where too little was, or below 3 blocks."""
    deviations = standard_deviations_of(cells)
    if len(deviations) < LEAST_DEVIATIONS or blocks < LEAST_REPEATS:
        return None
    draw = random.Random(seed)
    # A spread of one tenth is of no matter: the interval scales with it.
    scale = 0.1
    covered = 0
    for _ in range(SIMULATIONS):
        left, right = ([math.exp(scale * draw.choice(deviations)) for _ in range(blocks)] for _ in range(2))
        ratio = paired_ratio(left, right)
        assert ratio is not None
        covered += ratio.low is not None and ratio.high is not None and ratio.low <= 1 <= ratio.high
    return Coverage(covered / SIMULATIONS, len(deviations), blocks)


def write_interval_check(tables: Path, blocks: int, seed: int, output: Path) -> None:
    """Simulate with the catalogue's simulated figures of a study's trials; writes the outcome."""
    trials = read_table(tables, "trials")
    measured = trials[is_measured(trials)]
    cells = [
        [float(value) for value in group[metric.name].dropna()]
        for _, group in measured.groupby(CELL, sort=False)
        for metric in catalogue()
        if metric.simulated
    ]
    coverage = simulate_coverage(cells, blocks, seed)
    if coverage is None:
        reason, remedy = "too few repeats were recorded", "measure at least 3 repeats of some cells"
        write_json(output, {"status": CalibrationStatus.NOT_MEASURED, "reason": reason, "remedy": remedy})
        return
    write_json(output, {"status": CalibrationStatus.MEASURED, "passed": coverage.passed, **asdict(coverage)})
