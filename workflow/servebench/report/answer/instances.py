"""How much hardware: the instances of a system that serve a rate, each with a share of its capacity free."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.bounds import Bound
from servebench.analyse.metrics import THROUGHPUT
from servebench.analyse.rows import is_evenly_spaced


@dataclass(frozen=True)
class Instances:
    """How many are needed: `count` by the low end of the capacity's interval, `least` by its high end."""

    count: int
    least: int
    bound: Bound

    def __str__(self) -> str:
        """With the mark of a bound."""
        return f"{self.bound.mark}{self.count:,}"


def instances_needed(rate_rps: float, capacity_rps: float, headroom: float) -> int:
    """The least number of instances that serve a rate while each keeps `headroom` of its capacity free."""
    return math.ceil(rate_rps / (capacity_rps * (1 - headroom)))


def instances_of(cell: Any, rate_rps: float, headroom: float) -> Instances | None:
    """Those of a measured cell of the objective, without an interval by the estimate; None without a capacity."""
    if pd.isna(cell[THROUGHPUT]):
        return None
    capacity_rps = float(cell[THROUGHPUT])
    low, high = (
        capacity_rps if pd.isna(cell[f"{THROUGHPUT}_{side}"]) else float(cell[f"{THROUGHPUT}_{side}"])
        for side in ("low", "high")
    )
    capacity = capacity_bound(cell)
    return Instances(
        count=instances_needed(rate_rps, low, headroom),
        least=instances_needed(rate_rps, high, headroom),
        bound=Bound(is_lower=capacity.is_upper, is_upper=capacity.is_lower),
    )


def capacity_bound(cell: Any) -> Bound:
    """Evenly spaced arrivals make a capacity at an objective an upper bound, a machine that others used a lower one."""
    return Bound(is_lower=bool(cell["throughput_is_lower_bound"]), is_upper=is_evenly_spaced(cell))
