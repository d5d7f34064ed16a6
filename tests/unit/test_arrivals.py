"""Why objectives are measured with random arrivals: evenly spaced ones overstate the rate that keeps a p99."""

from math import exp, factorial, floor
from pathlib import Path

import numpy as np
import pytest
from servebench.load_point import OpenLoop
from servebench.machine import Placement
from servebench.objective import Objective
from servebench.trial.key import TrialKey
from servebench.trial.request import TrialRequest
from servebench.trial.search import search_rate
from servebench.trial.settings import TrialSettings
from support.packages import default_config
from support.queue import constant, drive_of, highest_utilization, poisson


def share_within(limit, utilization):
    """Of an M/D/1 queue, the share of requests answered within `limit` service times (Crommelin, 1932)."""
    waited = limit - 1
    terms = [
        (utilization * (k - waited)) ** k / factorial(k) * exp(utilization * (waited - k))
        for k in range(floor(waited) + 1)
    ]
    return (1 - utilization) * sum(terms)


# A p99 of so many service times is kept up to this share of one worker's capacity by users who come at random.
@pytest.mark.parametrize(("limit", "utilization"), [(3, 0.317), (5, 0.555), (10, 0.769), (20, 0.886)])
def test_evenly_spaced_requests_overstate_the_rate_that_keeps_a_p99(limit, utilization):
    assert highest_utilization(poisson, limit) == pytest.approx(utilization, rel=0.02)
    if limit <= 10:
        assert share_within(limit, utilization) == pytest.approx(0.99, abs=0.001)
    # Users who take turns never wait: whatever the limit, all of the capacity.
    assert highest_utilization(constant, limit) > 0.99


def test_the_bounds_of_the_overstatement_are_those_that_the_page_says():
    ratios = [highest_utilization(constant, limit) / highest_utilization(poisson, limit) for limit in (3, 20)]
    assert ratios == pytest.approx([3.1, 1.13], rel=0.02)


@pytest.mark.parametrize(("service_ms", "limit"), [(0.5, 5), (0.5, 20), (2.0, 20)])
def test_a_search_with_random_arrivals_still_finds_the_rate(service_ms, limit):
    truth_rps = highest_utilization(poisson, limit) / service_ms * 1000
    objective = Objective(99.0, limit * service_ms)
    found = [search_rate(drive_of(service_ms / 1000, poisson, seed), 64, objective).rate_rps for seed in range(12)]
    assert np.mean(found) == pytest.approx(truth_rps, rel=0.06)
    assert np.std(found) / truth_rps < 0.10


def arrivals_of(generator, load_point, **changes):
    """What a trial really sends, and what its settings ask."""
    config = default_config(objective="p99 <= 50 ms", **changes)
    key = TrialKey(model="digits-boosting", system="fastapi", generator=generator, load_point=load_point, repeat=1)
    settings = TrialSettings.of(config, key)
    request = TrialRequest("s", "c", key, settings, *[Path()] * 5)
    load = request.load(Placement((0,), (1,), is_pinned=True, is_shared=False), OpenLoop(100))
    assert load.generator.arrivals == request.arrivals
    return request.arrivals, settings.generator.arrivals


@pytest.mark.parametrize(
    ("generator", "load_point", "sent"),
    [
        ("native", "objective", "poisson"),
        ("native", "rate-100", "constant"),
        ("native", "share-60", "constant"),
        ("locust", "objective", "constant"),
    ],
)
def test_only_an_objective_changes_what_was_asked_and_only_where_the_generator_can(generator, load_point, sent):
    assert arrivals_of(generator, load_point) == (sent, "constant")
