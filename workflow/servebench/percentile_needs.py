"""What a percentile takes to be told: how many requests beyond it, and so how long a window at a rate.

The one rule of the tables, of the plan before them, of the tiles' notes and of where a curve ends.
"""

import math

from servebench.thresholds import LEAST_REQUESTS_BEYOND, LEAST_SECONDS_BEYOND


def share_beyond(percentile: float) -> float:
    """The share of the requests that take longer: 0.01 of p99."""
    # 1 - 0.999 is a little less than 0.001.
    return round(1 - percentile / 100, 12)


def are_enough_requests(requests: float, share: float) -> bool:
    """Whether so many requests tell the percentile that this share of them exceeds."""
    # A hundredth of 10,000 is a little less than 100 by some shares.
    return round(requests * share, 6) >= LEAST_REQUESTS_BEYOND


def window_needed_s(percentile: float, rate_rps: float, repeats: int) -> int:
    """The windows of so many repeats that tell a percentile at a rate, in whole seconds."""
    by_requests_s = LEAST_REQUESTS_BEYOND / (share_beyond(percentile) * rate_rps * repeats)
    return math.ceil(round(max(by_requests_s, LEAST_SECONDS_BEYOND / repeats), 6))
