"""The Universal Scalability Law over users and over the server's CPUs.

X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), Gunther, Guerrilla Capacity Planning (2007), chapter 4:
lambda is the throughput of one, sigma the contention, kappa the cost of coherence. A fit always has a peak at
sqrt((1 - sigma) / kappa), also on a plateau: it is named only where throughput was measured to fall.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from servebench.analyse.rows import CELL, is_measured, is_open
from servebench.analyse.schema import load_schema, to_frame
from servebench.analyse.statistics import paired_ratio
from servebench.load_point import parse_load_point
from servebench.thresholds import LEAST_BELOW_KNEE, LEAST_POINTS

# The throughput of each repeat (campaign, repeat) at each N.
Points = Mapping[int, Mapping[tuple[str, int], float]]


@dataclass(frozen=True)
class ScalabilityFit:
    """The law's parameters; `peak` is None where no fall was measured, and `reason` says why there is no fit."""

    points: int
    throughput_of_one_rps: float | None = None
    contention: float | None = None
    coherence: float | None = None
    relative_error: float | None = None
    peak: float | None = None
    reason: str | None = None


def law(n: Any, one_rps: float, contention: float, coherence: float) -> Any:
    """Throughput at N (a number or an array)."""
    return one_rps * n / (1 + contention * (n - 1) + coherence * n * (n - 1))


def fit_scalability(points: Points) -> ScalabilityFit:
    """Fit by least squares on logarithms over all repeats; no fit where the points cannot carry one."""
    found = {n: repeats for n, repeats in sorted(points.items()) if repeats and min(repeats.values()) > 0}
    if len(found) < LEAST_POINTS:
        return ScalabilityFit(len(found), reason=f"{len(found)} usable points, {LEAST_POINTS} are needed")
    means = {n: _geometric_mean(list(repeats.values())) for n, repeats in found.items()}
    below = points_below_knee(means)
    if below < LEAST_BELOW_KNEE:
        return ScalabilityFit(
            len(found),
            reason=f"{below} of the {LEAST_BELOW_KNEE} points that are needed below the knee",
        )
    sizes = np.array([n for n, repeats in found.items() for _ in repeats], dtype=float)
    logs = np.log([value for repeats in found.values() for value in repeats.values()])
    least = next(iter(means))

    def residuals(parameters: Any) -> Any:
        return np.log(law(sizes, *parameters)) - logs

    solution = least_squares(
        residuals, x0=[means[least] / least, 0.05, 1e-5], bounds=([1e-9, 0, 0], [np.inf, 1, 1]), x_scale="jac"
    )
    one_rps, contention, coherence = (float(value) for value in solution.x)
    peak = math.sqrt((1 - contention) / coherence) if coherence > 0 and falls(found, means) else None
    error = float(np.sqrt(np.mean(np.square(solution.fun))))
    return ScalabilityFit(len(found), one_rps, contention, coherence, error, peak)


def points_below_knee(means: Mapping[int, float]) -> int:
    """Points where the throughput of the least N, taken as linear, does not yet reach the largest throughput."""
    least = min(means)
    knee = max(means.values()) / (means[least] / least)
    return sum(n < knee for n in means)


def falls(points: Points, means: Mapping[int, float]) -> bool:
    """Whether some later point lies measurably below the best: the interval of best / later, in blocks, above 1."""
    best = max(means, key=lambda n: means[n])
    for later in [n for n in means if n > best]:
        blocks = sorted(points[best].keys() & points[later].keys())
        ratio = paired_ratio([points[best][b] for b in blocks], [points[later][b] for b in blocks])
        if ratio is not None and ratio.low is not None and ratio.low > 1:
            return True
    return False


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(math.fsum(math.log(value) for value in values) / len(values))


def scalability_table(trials: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """One row for each series of at least two sizes: over users of a system, over CPUs of a server."""
    usable = _usable(trials, cells)
    found: list[dict[str, Any]] = []
    for names, group in usable.groupby(["model", "system", "generator", "rows"], sort=False):
        model, system, generator, rows = names
        found += _row(group, "users", "users", model=model, system=system, generator=generator, rows=rows)
    for names, group in usable.groupby(["model", "server", "inference", "generator", "load_point"], sort=False):
        model, server, inference, generator, load_point = (str(name) for name in names)
        # One system a size: else two settings would make one curve.
        if group.groupby("usable_cpus")["system"].nunique().max() == 1:
            system = f"{server} ({inference}), {load_point}"
            rows = parse_load_point(load_point).rows
            found += _row(group, "usable_cpus", "CPUs", model=model, system=system, generator=generator, rows=rows)
    return to_frame(found, load_schema("scalability"))


def _usable(trials: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Measured closed loops whose throughput is no lower bound."""
    good = cells[~is_open(cells) & (cells["throughput_is_lower_bound"] == False)]  # noqa: E712
    measured = trials[is_measured(trials) & trials["throughput_rps"].notna()]
    return measured.merge(good[CELL], on=CELL)


def _row(group: pd.DataFrame, column: str, over: str, **names: Any) -> list[dict[str, Any]]:
    points: dict[int, dict[tuple[str, int], float]] = {}
    for _, trial in group[group[column].notna()].iterrows():
        block = (f"{trial['campaign']} {trial['node']}", int(trial["repeat"]))
        points.setdefault(int(trial[column]), {})[block] = float(trial["throughput_rps"])
    if len(points) < 2:
        return []
    return [{**names, "over": over, **asdict(fit_scalability(points))}]
