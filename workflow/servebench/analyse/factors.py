"""Factors of a cost: a ratio of two systems split at a third one between them. Logs of ratios add up, ratios do not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from servebench.analyse.statistics import Interval, paired_ratio, student_interval


@dataclass(frozen=True)
class Factor:
    """One step of the way: its ratio, and its share of the logarithm of the whole ratio (0 to 1)."""

    ratio: Interval
    share: Interval


def factors_of(costs: Sequence[Sequence[float]], confidence: float = 0.95) -> list[Factor]:
    """The steps from the first system's costs to the last one's; each holds one positive cost a block, in one order.

    A share is the mean of the blocks' shares, with Student's t interval over them. Empty without blocks, for a cost
    that is not positive, and where a block's whole ratio is 1: nothing is to be shared out then.
    """
    blocks = list(zip(*costs, strict=True))
    if not blocks or any(cost <= 0 for block in blocks for cost in block):
        return []
    wholes = [math.log(block[0] / block[-1]) for block in blocks]
    if 0.0 in wholes:
        return []
    found = []
    for step in range(len(costs) - 1):
        ratio = paired_ratio(costs[step], costs[step + 1], confidence)
        assert ratio is not None
        shares = [math.log(block[step] / block[step + 1]) / whole for block, whole in zip(blocks, wholes, strict=True)]
        found.append(Factor(ratio, student_interval(shares, confidence)))
    return found
