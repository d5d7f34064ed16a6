import dataclasses

import pytest
from servebench.analyse.verdicts import (
    OpenLoopEvidence,
    ThroughputEvidence,
    open_loop_verdict,
    throughput_verdict,
)

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
