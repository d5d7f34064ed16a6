"""The search for a rate, against systems whose behaviour is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servebench.errors import ServebenchError
from servebench.generator.protocol import LoadResult, OpenLoopCounts
from servebench.load_point import ClosedLoop, OpenLoop, ShareOfCapacity, parse_load_point
from servebench.objective import Objective
from servebench.trial.search import (
    DISTURBED,
    GENERATOR_LATE,
    PRECISION,
    Probe,
    Search,
    judge,
    search_rate,
    share_of_capacity,
    why_not_found,
)

OBJECTIVE = Objective.parse("p99 <= 50 ms")


def result(requests, latency_ms, late_ms=0.1, in_flight=0, errors=None, age_ms=1):
    latency_ns = int(latency_ms * 1e6)
    counts = OpenLoopCounts(requests + in_flight, 0, 0, [(int(late_ms * 1e6), requests)])
    return LoadResult(
        requests, errors or {}, requests * latency_ns, latency_ns, latency_ns, [(latency_ns, requests)],
        [(requests, 0)], 0, 0.1, 0.1, counts, in_flight=in_flight, unanswered_ages_ns=[(age_ms * 1_000_000, in_flight)],
    )  # fmt: skip


def system_that_holds(holding_rps, capacity_rps):
    """Fast up to a rate, slow above."""

    def drive(point, duration_s):
        if isinstance(point, ClosedLoop):
            return result(round(capacity_rps * duration_s), 5)
        return result(max(1, round(point.rate_rps * duration_s)), 5 if point.rate_rps <= holding_rps else 500)

    return drive


# A search makes a dozen histograms.
@settings(max_examples=25)
@given(st.integers(100, 100_000), st.floats(0.1, 0.99))
def test_the_highest_rate_that_holds_is_found(capacity_rps, share):
    holding_rps = capacity_rps * share
    found = search_rate(system_that_holds(holding_rps, capacity_rps), 64, OBJECTIVE)
    assert found.rate_rps <= holding_rps + 0.5
    assert found.rate_rps >= holding_rps / PRECISION - 2
    assert len(found.probes) < 12


@pytest.mark.parametrize(("age_ms", "fault"), [(2000, "at least 2e+03 ms"), (20, "not all requests were answered")])
def test_requests_without_an_answer_are_requests_of_the_percentile(age_ms, fault):
    """One in two hundred is no overload, but it may be the p99.9."""
    found = judge(result(1000, 5, in_flight=5, age_ms=age_ms), 100, 10.0, Objective.parse("p99.9 <= 50 ms"))
    assert found.fault == fault
    assert judge(result(1000, 5, in_flight=5, age_ms=age_ms), 100, 10.0, OBJECTIVE).fault is None


def test_a_system_that_never_holds_has_no_rate():
    found = search_rate(system_that_holds(1, 1000), 64, OBJECTIVE)
    assert found.rate_rps is None
    assert found.probes[0].fault == "500 ms"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"errors": {"timeout": 1}}, "1 errors"),
        ({"in_flight": 500}, "not all requests"),
        ({"late_ms": 5.0}, "the generator was late"),
    ],
)
def test_a_rate_with_faults_does_not_hold(bad, words):
    def drive(point, duration_s):
        return result(1000, 5, **({} if isinstance(point, ClosedLoop) else bad))

    assert words in search_rate(drive, 64, OBJECTIVE).probes[0].fault


def test_a_rate_at_which_the_generator_was_late_is_tried_again():
    holds = system_that_holds(500, 1000)
    late = iter([True, True])

    def drive(point, duration_s):
        found = holds(point, duration_s)
        if isinstance(point, OpenLoop) and next(late, False):
            return result(found.requests, 5, late_ms=5.0)
        return found

    assert search_rate(drive, 64, OBJECTIVE).rate_rps == search_rate(holds, 64, OBJECTIVE).rate_rps


@pytest.mark.parametrize(
    ("search", "reason", "remedy"),
    [
        (Search(100.0, None, (Probe(5, 1.0, 5, 60.0, "60 ms"),)), "misses p99 <= 50 ms even at 5 ", "wider objective"),
        (Search(100.0, None, (Probe(5, 1.0, 5, 9.0, GENERATOR_LATE),)), "could not be judged", "quieter machine"),
        (Search(1000.0, 600, lowerings=6, repetitions=2), "in 2 windows the generator was late or", "wider objective"),
        (Search(100.0, 60), "a window of 12 s is too short for a p99 at 60 requests/s", "raise duration_s to 17"),
    ],
)
def test_why_there_is_no_rate_does_not_blame_the_server_for_the_generator(search, reason, remedy):
    found = why_not_found(search, OBJECTIVE, 12.0)
    assert reason in found[0]
    assert remedy in found[1]


def test_a_share_is_of_the_capacity_measured_now():
    found = share_of_capacity(system_that_holds(1000, 1000), 64, 60)
    assert (found.capacity_rps, found.rate_rps) == (1000.0, 600)
    assert found.after("132 ms").rate_rps == 570
    # A lower rate is no remedy for a generator that was late, nor for a machine that was taken away.
    for fault in (GENERATOR_LATE, DISTURBED):
        assert found.after(fault).rate_rps == 600


@pytest.mark.parametrize("text", ["p98 <= 50 ms", "p99 < 50 ms", "p99 <= 0 ms", "p99 <= 50"])
def test_what_is_no_objective_is_refused(text):
    with pytest.raises(ValueError, match="write it like"):
        Objective.parse(text)


def test_load_points_have_names_that_read_back():
    for point in (ClosedLoop(3), OpenLoop(20), ShareOfCapacity(60)):
        assert parse_load_point(point.name) == point
    assert parse_load_point("objective").name == "objective"
    with pytest.raises(ServebenchError, match="no load point"):
        parse_load_point("share-0")
