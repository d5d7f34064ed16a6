import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.analyse.verdicts import (
    OpenLoopEvidence,
    ServerCpu,
    ThroughputEvidence,
    Waited,
    open_loop_verdict,
    throughput_verdict,
)

SATURATED = ThroughputEvidence(
    server=ServerCpu(0.99),
    generator_utilization=0.5,
    users=64,
    think_time_s=0.0,
    server_cpus=1,
    is_pinned=True,
)
IDLE = ServerCpu(0.5)
GENERATOR_FULL = dataclasses.replace(SATURATED, server=ServerCpu(0.2), generator_utilization=0.99)


@pytest.mark.parametrize(
    ("changes", "word", "is_bound"),
    [
        ({}, "capacity", False),
        ({"generator_utilization": 0.9}, "capacity", False),
        ({"server": ServerCpu(0.2), "generator_utilization": 0.99}, "generator-bound", True),
        ({"generator_utilization": 0.99}, "inconclusive", True),
        ({"server": IDLE}, "inconclusive", True),
        ({"server": IDLE, "users": 1}, "below capacity", False),
        ({"server": IDLE, "users": 1, "throttled_share": 0.3}, "inconclusive", True),
        ({"server": IDLE, "users": 1, "throttled_share": 0.01}, "below capacity", False),
        ({"server": IDLE, "think_time_s": 1.0}, "below capacity", False),
        ({"server": ServerCpu(None)}, "inconclusive", False),
    ],
)
def test_who_was_busy_decides(changes, word, is_bound):
    verdict = throughput_verdict(dataclasses.replace(SATURATED, **changes))
    assert (verdict.word, verdict.is_lower_bound) == (word, is_bound)
    assert verdict.is_counted


@pytest.mark.parametrize(
    ("used", "idle", "word"),
    [
        (0.94, 0.007, "capacity"),
        (0.94, 0.05, "inconclusive"),
        (0.96, 0.04, "inconclusive"),
        (0.96, None, "capacity"),
        (0.94, None, "inconclusive"),
    ],
)
def test_full_cpus_are_those_that_were_not_idle(used, idle, word):
    assert throughput_verdict(dataclasses.replace(SATURATED, server=ServerCpu(used, idle))).word == word


def test_a_quota_that_held_the_server_is_why():
    verdict = throughput_verdict(dataclasses.replace(SATURATED, server=IDLE, throttled_share=0.4))
    assert verdict.reason.endswith("a quota of CPU held the server for 40 % of the window")
    assert not verdict.is_idle_unexplained
    # At its limit by its own CPUs it is a capacity, under a quota too.
    assert throughput_verdict(dataclasses.replace(SATURATED, throttled_share=0.4)).word == "capacity"


def test_full_cpus_of_which_others_had_a_part_are_no_capacity():
    verdict = throughput_verdict(dataclasses.replace(SATURATED, server=ServerCpu(0.7, 0.01)))
    assert (verdict.word, verdict.is_lower_bound, verdict.is_counted) == ("disturbed", True, False)
    assert "others had 29% of its CPUs" in verdict.reason


def test_the_idle_time_is_said_where_it_is_known():
    verdict = throughput_verdict(dataclasses.replace(SATURATED, server=ServerCpu(0.96, 0.007)))
    assert verdict.reason == "server at 96% (its CPUs idle for 0.7%), generator at 50%"


@pytest.mark.parametrize("waits", [Waited(generator="the generator waited"), Waited(server="the server waited")])
def test_who_waited_for_a_cpu_is_disturbed_whoever_was_busy(waits):
    verdict = throughput_verdict(dataclasses.replace(SATURATED, waits=waits))
    assert (verdict.word, verdict.is_counted) == ("disturbed", False)
    assert "waited" in verdict.reason


@pytest.mark.parametrize(("share", "word"), [(0.009, "capacity"), (0.011, "inconclusive"), (1.0, "inconclusive")])
def test_errors_are_no_capacity(share, word):
    verdict = throughput_verdict(dataclasses.replace(SATURATED, error_share=share))
    assert verdict.word == word
    assert ("% of the answers were errors" in verdict.reason) == (word == "inconclusive")


def test_a_loop_without_any_answer_says_nothing():
    assert throughput_verdict(dataclasses.replace(SATURATED, error_share=None)).reason == "nothing was answered"


def test_no_steady_state_is_no_capacity_and_not_counted():
    verdict = throughput_verdict(dataclasses.replace(SATURATED, unsteadiness="no steady state: -30%"))
    assert (verdict.word, verdict.is_counted) == ("inconclusive", False)


def test_a_generator_near_its_limit_is_noted():
    verdict = throughput_verdict(dataclasses.replace(SATURATED, generator_utilization=0.9))
    assert "near its own limit" in verdict.reason


@pytest.mark.parametrize(("used", "words"), [(0.99, "filled the CPUs that they share"), (0.6, "idle time unexplained")])
def test_full_cpus_that_both_share_explain_the_idle_time(used, words):
    shared = dataclasses.replace(SATURATED, server=ServerCpu(0.6), is_pinned=False, shared_utilization=used)
    verdict = throughput_verdict(shared)
    assert (verdict.word, verdict.is_lower_bound) == ("inconclusive", True)
    assert words in verdict.reason


def test_unpinned_cpus_are_said():
    assert "not pinned" in throughput_verdict(dataclasses.replace(SATURATED, is_pinned=False)).reason


HOLDING = OpenLoopEvidence(
    is_objective=False,
    rate_rps=300,
    server=ServerCpu(0.3),
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
        ({"unanswered_share": 0.5, "server": ServerCpu(0.99)}, "overload"),
        ({"unanswered_share": 0.5, "server": ServerCpu(0.94, 0.01)}, "overload"),
        ({"unanswered_share": 0.5, "server": ServerCpu(0.6, 0.01)}, "disturbed"),
        ({"server": ServerCpu(None)}, "below capacity"),
        ({"waited_share": None, "unanswered_share": None}, "inconclusive"),
        ({"waits": Waited(generator="the generator waited")}, "generator late"),
        ({"waits": Waited(server="the server waited")}, "disturbed"),
        ({"error_share": 0.02}, "overload"),
        ({"error_share": 0.02, "server": ServerCpu(0.99)}, "overload"),
        ({"error_share": None}, "overload"),
        ({"is_objective": True}, "capacity at objective"),
        ({"is_objective": True, "waited_share": 0.5}, "capacity at objective"),
        ({"is_objective": True, "error_share": 0.02}, "overload"),
    ],
)
def test_at_a_rate_lateness_is_the_generators_and_waiting_the_servers(changes, word):
    verdict = open_loop_verdict(dataclasses.replace(HOLDING, **changes))
    assert verdict.word == word
    assert verdict.is_lower_bound == (word == "disturbed")


@given(
    st.floats(0.0101, 1), st.builds(Waited, st.sampled_from([None, "a"]), st.sampled_from([None, "b"])), st.booleans()
)
def test_a_server_of_errors_never_holds_a_rate(share, waits, is_objective):
    evidence = dataclasses.replace(HOLDING, error_share=share, waits=waits, is_objective=is_objective)
    word = open_loop_verdict(evidence).word
    assert not word.holds_rate
    assert not word.is_capacity


UNMETERED = ServerCpu(None, metered="not metered")


@pytest.mark.parametrize(
    ("changes", "word", "is_bound"),
    [
        ({}, "inconclusive", True),
        ({"generator_utilization": 0.99}, "generator-bound", True),
        ({"users": 3}, "below capacity", False),
        ({"think_time_s": 1.0}, "below capacity", False),
        ({"error_share": 0.5}, "inconclusive", False),
    ],
)
def test_without_a_meter_a_throughput_is_no_capacity(changes, word, is_bound):
    verdict = throughput_verdict(dataclasses.replace(SATURATED, server=UNMETERED, **changes))
    assert (verdict.word, verdict.is_lower_bound) == (word, is_bound)


def test_a_verdict_says_by_what_an_endpoint_is_metered():
    assert throughput_verdict(dataclasses.replace(SATURATED, server=UNMETERED)).reason == (
        "server not metered, generator at 50%"
    )
    metered = ServerCpu(0.99, metered="metered by process 12")
    assert throughput_verdict(dataclasses.replace(SATURATED, server=metered)).reason == (
        "server at 99% (metered by process 12), generator at 50%"
    )
    assert open_loop_verdict(dataclasses.replace(HOLDING, server=UNMETERED)).reason == (
        "holds 300 requests/s, server not metered"
    )


def test_the_busiest_load_host_is_named():
    verdict = throughput_verdict(dataclasses.replace(GENERATOR_FULL, load_host="a"))
    assert (verdict.word, verdict.is_lower_bound) == ("generator-bound", True)
    assert "generator on a at 99%" in verdict.reason


def test_a_full_link_is_not_the_servers_limit():
    link = "the link of a was at 99% of its speed"
    verdict = throughput_verdict(dataclasses.replace(GENERATOR_FULL, generator_utilization=0.2, full_link=link))
    assert (verdict.word, verdict.is_lower_bound) == ("generator-bound", True)
    assert link in verdict.reason
    late = open_loop_verdict(dataclasses.replace(HOLDING, full_link=link))
    assert (late.word, late.reason) == ("generator late", f"{link}: latencies are upper bounds")
