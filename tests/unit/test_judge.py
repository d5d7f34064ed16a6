"""A trial's verdict from its record: each piece of evidence by an injected cause."""

import pytest
from servebench.analyse.judge import trial_verdict
from servebench.analyse.raw import read_trials
from support.trials import make_trial

TWO_OF_FOUR = {"cpus": 4, "parallelism": 2, "cpu_mean_cores": 1.9}
ALL_CPUS = {"affinity": [0, 1]}
SHARED = {"server": [0, 1], "generator": [0, 1], "is_pinned": False, "is_shared": True}
SLOWING = [(1000, 0, 1.0), (1000, 0, 1.0), (500, 0, 1.0), (500, 0, 1.0)]
NEW = {"instrument_version": 4}


@pytest.fixture
def verdict_of(tmp_path):
    def judge(throughput=1000.0, **changes):
        (trial,) = read_trials([make_trial(tmp_path, "a", 1, throughput, **changes)])
        return trial_verdict(trial)

    return judge


def test_what_was_not_measured_has_no_verdict(verdict_of):
    assert verdict_of(None) is None


@pytest.mark.parametrize(
    ("server", "word"),
    [
        ({"cpu_mean_cores": 0.94, "cpus_idle_share": 0.007}, "capacity"),
        ({"cpu_mean_cores": 0.94, "cpus_idle_share": 0.06}, "inconclusive"),
        ({"cpu_mean_cores": 0.99, "cpus_idle_share": None}, "capacity"),
        ({"cpu_mean_cores": 0.60, "cpus_idle_share": 0.01}, "disturbed"),
        # Two workers on four CPUs: half of the idle time is none of theirs.
        ({**TWO_OF_FOUR, "cpus_idle_share": 0.51}, "capacity"),
        ({**TWO_OF_FOUR, "cpus_idle_share": 0.53}, "inconclusive"),
        # Others on the CPUs that it cannot use take nothing from it.
        ({**TWO_OF_FOUR, "cpus_idle_share": 0.25}, "capacity"),
        ({**TWO_OF_FOUR, "cpu_mean_cores": 1.0, "cpus_idle_share": 0.4}, "inconclusive"),
    ],
)
def test_idle_time_of_the_cpus_that_the_server_can_use_decides(verdict_of, server, word):
    assert verdict_of(parts={"server": server}).word == word


def test_idle_time_of_shared_cpus_says_nothing_of_the_server(verdict_of):
    server = {**ALL_CPUS, "cpus": 2, "parallelism": 2, "cpu_mean_cores": 1.2, "cpus_idle_share": 0.0}
    verdict = verdict_of(parts={"server": server, "generator": ALL_CPUS}, placement=SHARED, generator_cpu=0.75)
    assert verdict.word == "inconclusive"
    assert "together they filled the CPUs that they share" in verdict.reason


@pytest.mark.parametrize("load_point", ["users-64", "rate-300"])
@pytest.mark.parametrize(
    ("part", "waits", "words"),
    [
        ("generator", {"run_queue_share": 0.03}, "the generator waited for its CPU for 3.0%"),
        ("generator", {"gap_share": 0.03}, "something took the generator's CPU for 3.0%"),
        ("server", {"run_queue_share": 0.06}, "the server waited for its CPU for 6.0%"),
    ],
)
def test_who_waited_for_a_cpu_disturbs_the_trial(verdict_of, load_point, part, waits, words):
    verdict = verdict_of(load_point=load_point, parts={part: waits})
    is_late = part == "generator" and load_point == "rate-300"
    assert verdict.word == ("generator late" if is_late else "disturbed")
    assert words in verdict.reason
    assert not verdict.is_counted


@pytest.mark.parametrize(
    ("part", "waits"),
    [("generator", {"run_queue_share": 0.009, "gap_share": 0.009}), ("server", {"run_queue_share": 0.04})],
)
def test_little_waiting_does_not(verdict_of, part, waits):
    assert verdict_of(parts={part: waits}).word == "capacity"


def test_a_server_of_503s_holds_nothing(verdict_of):
    verdict = verdict_of(0.0, load_point="rate-300", errors={"status_503": 900}, cpu=0.1)
    assert (verdict.word, verdict.reason) == ("overload", "100 % of the answers were errors")


@pytest.mark.parametrize(("errors", "word"), [(30, "capacity"), (31, "inconclusive")])
def test_above_one_percent_of_errors_a_closed_loop_is_no_capacity(verdict_of, errors, word):
    assert verdict_of(990.0, errors={"timeout": errors}).word == word


def test_a_loop_without_any_answer_is_said(verdict_of):
    assert verdict_of(0.0).reason == "nothing was answered"


def test_no_steady_state_does_not_count(verdict_of):
    verdict = verdict_of(750.0, parts={"settings": NEW, "load": {"window_s": 4}}, series=SLOWING)
    assert (verdict.word, verdict.is_counted) == ("inconclusive", False)
    assert "no steady state" in verdict.reason


@pytest.mark.parametrize(
    "changes",
    [
        {"parts": {"load": {"window_s": 4}}},
        {"parts": {"settings": NEW, "load": {"window_s": 4}}, "load_point": "rate-750"},
        {"parts": {"settings": NEW, "load": {"window_s": 4}}, "errors": {"status_500": 3}},
    ],
    ids=["an older instrument", "an open loop", "errors"],
)
def test_a_steady_state_is_not_asked_of(verdict_of, changes):
    assert verdict_of(750.0, series=SLOWING, **changes).is_counted


def test_a_searched_rate_is_the_one_that_is_held(verdict_of):
    verdict = verdict_of(480.0, load_point="share-60", searched_rps=480, cpu=0.6)
    assert verdict.reason == "holds 480 requests/s, server at 60% (its CPUs idle for 40.0%)"


URL = {"url": "http://127.0.0.1:9000"}
ELSEWHERE = {"server": [], "generator": [0], "is_pinned": False, "is_shared": False}
UNTOLD = dict.fromkeys(["affinity", "cpus", "parallelism", "cpus_idle_share", "run_queue_share", "cpu_mean_cores"])


@pytest.mark.parametrize(
    ("system", "server", "word", "reason"),
    [
        (URL, UNTOLD, "inconclusive", "server not metered, generator at 30%; CPUs were not pinned"),
        (
            {**URL, "pid": 12},
            {**UNTOLD, "cpus": 2, "cpu_mean_cores": 1.96},
            "capacity",
            "server at 98% (metered by process 12), generator at 30%; CPUs were not pinned",
        ),
        (
            {**URL, "pid": 12},
            {**UNTOLD, "cpus": 2, "cpu_mean_cores": 1.96, "affinity": [1, 2]},
            "capacity",
            "server at 98% (metered by process 12), generator at 30%",
        ),
        (
            {**URL, "pid": 12},
            {**UNTOLD, "cpus": 2, "cpu_mean_cores": 1.0},
            "inconclusive",
            "server at 50% (metered by process 12), generator at 30%: idle time unexplained; CPUs were not pinned",
        ),
    ],
)
def test_an_endpoint_is_judged_by_what_meters_it(verdict_of, system, server, word, reason):
    verdict = verdict_of(parts={"settings": {"system": system}, "server": server}, placement=ELSEWHERE)
    assert (verdict.word, verdict.reason) == (word, reason)


def test_a_generator_that_waits_disturbs_an_endpoints_trial_too(verdict_of):
    parts = {"settings": {"system": URL}, "server": UNTOLD, "generator": {"run_queue_share": 0.03}}
    assert verdict_of(parts=parts, placement=ELSEWHERE).word == "disturbed"
