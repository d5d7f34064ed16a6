"""Which percentiles a study's windows are too short to tell at its rates: said before anything is measured."""

from servebench.analyse.metrics import TAILS, metric_of
from servebench.config import Config
from servebench.percentile_needs import window_needed_s
from servebench.plan.cells import study_cells
from servebench.thresholds import LOOKS
from servebench.words import Loop

# The lowest ones, which tell least.
MOST_RATES = 3


def percentiles_line(config: Config) -> str:
    """A clause a rate; empty where every percentile is told. A share of a capacity is a rate that nobody knows yet."""
    points = [cell.point for cell in study_cells(config) if cell.point.loop is Loop.OPEN]
    rates = sorted({point.rate_rps for point in points if point.rate_rps is not None})
    clauses = [clause for clause in (_clause(config, rate_rps) for rate_rps in rates) if clause]
    more = len(clauses) - MOST_RATES
    return ", ".join([*clauses[:MOST_RATES], *([f"and more at {more} higher rates"] if more > 0 else [])])


def _clause(config: Config, rate_rps: int) -> str:
    repeats = config.repeats if config.precision is None else LOOKS[0]
    percentiles = {metric_of(name).short_label: metric_of(name).percentile for name in reversed(TAILS)}
    needed_s = {
        label: window_needed_s(percentile, rate_rps, repeats)
        for label, percentile in percentiles.items()
        if percentile is not None
    }
    untold = {label: seconds for label, seconds in needed_s.items() if seconds > config.duration_s}
    if not untold:
        return ""
    told = [label for label in needed_s if label not in untold]
    needs = "needs" if len(untold) == 1 else "need"
    windows = " and ".join(f"{seconds:,} s" for seconds in untold.values())
    clause = f"{' and '.join(untold)} at {rate_rps:,} requests/s {needs} windows of {windows}"
    return f"{clause}; {told[-1]} is told" if told else clause
