import dataclasses

import pytest
from servebench.analyse.statistics import Interval
from servebench.analyse.verdicts import (
    ContrastEvidence,
    OpenLoopEvidence,
    ThroughputEvidence,
    contrast_verdict,
    open_loop_verdict,
    throughput_verdict,
)
from servebench.words import Comparable, ContrastWord, VerdictWord

SATURATED = ThroughputEvidence(
    server_utilization=0.99, generator_utilization=0.5, users=64, think_time_s=0.0, server_cpus=1, is_pinned=True
)


@pytest.mark.parametrize(
    ("changes", "word", "is_bound"),
    [
        ({}, "capacity", False),
        ({"generator_utilization": 0.9}, "capacity", False),
        ({"server_utilization": 0.2, "generator_utilization": 0.99}, "generator-bound", True),
        ({"generator_utilization": 0.99}, "inconclusive", True),
        ({"server_utilization": 0.5}, "inconclusive", True),
        ({"server_utilization": 0.5, "users": 1}, "below capacity", False),
        ({"server_utilization": 0.5, "think_time_s": 1.0}, "below capacity", False),
        ({"server_utilization": None}, "inconclusive", False),
    ],
)
def test_who_was_busy_decides(changes, word, is_bound):
    verdict = throughput_verdict(dataclasses.replace(SATURATED, **changes))
    assert (verdict.word, verdict.is_lower_bound) == (word, is_bound)


def test_a_generator_near_its_limit_is_noted():
    verdict = throughput_verdict(dataclasses.replace(SATURATED, generator_utilization=0.9))
    assert "near its own limit" in verdict.reason


@pytest.mark.parametrize(("used", "words"), [(0.99, "filled the CPUs that they share"), (0.6, "idle time unexplained")])
def test_full_cpus_that_both_share_explain_the_idle_time(used, words):
    shared = dataclasses.replace(SATURATED, server_utilization=0.6, is_pinned=False, shared_utilization=used)
    verdict = throughput_verdict(shared)
    assert (verdict.word, verdict.is_lower_bound) == ("inconclusive", True)
    assert words in verdict.reason


def test_unpinned_cpus_are_said():
    assert "not pinned" in throughput_verdict(dataclasses.replace(SATURATED, is_pinned=False)).reason


HOLDING = OpenLoopEvidence(
    is_objective=False,
    rate_rps=300,
    server_utilization=0.3,
    generator_utilization=0.1,
    waited_share=0.0,
    unanswered_share=0.0,
    send_delay_p99_ms=0.1,
    is_pinned=True,
)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "below capacity"),
        ({"send_delay_p99_ms": 1.5}, "generator late"),
        ({"generator_utilization": 0.99, "waited_share": 0.5}, "generator late"),
        ({"waited_share": 0.5}, "overload"),
        ({"unanswered_share": 0.5, "server_utilization": 0.99}, "capacity"),
        ({"server_utilization": None}, "below capacity"),
    ],
)
def test_at_a_rate_lateness_is_the_generators_and_waiting_the_servers(changes, word):
    verdict = open_loop_verdict(dataclasses.replace(HOLDING, **changes))
    assert verdict.word == word
    assert not verdict.is_lower_bound


TWICE = Interval(2.0, 1.5, 2.5, 5)
SAME = Interval(1.0, 0.9, 1.1, 5)
UNKNOWN = Interval(2.0, None, None, 2)
CAPACITY, BOUND, HELD = VerdictWord.CAPACITY, VerdictWord.GENERATOR_BOUND, VerdictWord.BELOW_CAPACITY
AT_OBJECTIVE = VerdictWord.CAPACITY_AT_OBJECTIVE


@pytest.mark.parametrize(
    ("compared", "ratio", "words", "word", "reason"),
    [
        (Comparable.CAPACITIES, TWICE, (CAPACITY, CAPACITY), ContrastWord.DIFFERENT, "excludes 1"),
        (Comparable.CAPACITIES, TWICE, (AT_OBJECTIVE, AT_OBJECTIVE), ContrastWord.DIFFERENT, "excludes 1"),
        (Comparable.CAPACITIES, SAME, (CAPACITY, CAPACITY), ContrastWord.INCONCLUSIVE, "the interval holds 1"),
        (Comparable.CAPACITIES, TWICE, (BOUND, CAPACITY), ContrastWord.LOWER_BOUND, "limited the first"),
        (Comparable.CAPACITIES, TWICE, (CAPACITY, BOUND), ContrastWord.UPPER_BOUND, "limited the second"),
        (Comparable.CAPACITIES, TWICE, (BOUND, BOUND), ContrastWord.INCONCLUSIVE, "not both are capacities"),
        (Comparable.CAPACITIES, TWICE, (CAPACITY, None), ContrastWord.INCONCLUSIVE, "not both are capacities"),
        (Comparable.CAPACITIES, UNKNOWN, (CAPACITY, CAPACITY), ContrastWord.INCONCLUSIVE, "fewer than 3 blocks"),
        (Comparable.CAPACITIES, None, (CAPACITY, CAPACITY), ContrastWord.INCONCLUSIVE, "other campaign"),
        (Comparable.HELD_RATES, TWICE, (HELD, HELD), ContrastWord.DIFFERENT, "excludes 1"),
        (Comparable.HELD_RATES, TWICE, (HELD, CAPACITY), ContrastWord.INCONCLUSIVE, "not both hold the rate"),
        (Comparable.ALWAYS, TWICE, (BOUND, None), ContrastWord.DIFFERENT, "excludes 1"),
    ],
)
def test_what_may_be_claimed_of_a_ratio(compared, ratio, words, word, reason):
    verdict = contrast_verdict(ContrastEvidence(compared, ratio, "other campaign", words))
    assert verdict.word is word
    assert reason in verdict.reason


@pytest.mark.parametrize("compared", Comparable)
def test_a_crowded_system_spoils_latencies_only(compared):
    verdict = contrast_verdict(ContrastEvidence(compared, TWICE, None, (HELD, HELD), "slow"))
    assert ("70 % of slow's capacity" in verdict.reason) == (compared is Comparable.HELD_RATES)
