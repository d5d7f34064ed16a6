import dataclasses

import pytest
from servebench.analyse.verdicts import ThroughputEvidence, throughput_verdict

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


def test_unpinned_cpus_are_said():
    assert "not pinned" in throughput_verdict(dataclasses.replace(SATURATED, is_pinned=False)).reason
