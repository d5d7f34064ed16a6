"""What a machine is heard to be, from what its spinners and its process table say."""

import pytest
from servebench.calibrate.listening import (
    Heard,
    Other,
    Seen,
    disturbance_of,
    heard_of,
    others_between,
    refuse_disturbed,
)
from servebench.calibrate.spinner import spin
from servebench.errors import ServebenchError
from servebench.report.calibration import machine_line


def heard(cpu, taken, waited):
    return Heard(cpu, taken, waited, 10, 1.0, 2.0)


BURN, OTHER = Other(123, "burn", 0.4, 1), Other(7, "editor", 0.6, 0)


def test_a_quiet_machine_is_not_disturbed():
    assert disturbance_of([heard(0, 0.011, 0.0004), heard(1, 0.017, 0.006)], [OTHER]) is None


def test_who_has_taken_the_cpu_is_named():
    assert (
        disturbance_of([heard(0, 0.01, 0.01), heard(1, 0.12, 0.11)], [OTHER, BURN])
        == "CPU 1 was taken for 12 % of a second, mostly by process burn (pid 123)"
    )


def test_what_no_run_queue_explains_is_the_hypervisors():
    found = disturbance_of([heard(0, 0.3, 0.01)], [BURN])
    assert found == "CPU 0 was taken for 30 % of a second, mostly by the hypervisor or by interrupts"


@pytest.mark.parametrize("waited", [None, 0.3])
def test_without_a_culprit_none_is_named(waited):
    assert disturbance_of([heard(0, 0.3, waited)], []) == "CPU 0 was taken for 30 % of a second"


def test_quiet_is_required_in_one_line():
    refuse_disturbed({"disturbance": None})
    with pytest.raises(ServebenchError, match=r"^quiet: the machine is not: CPU 1 .*--config quiet=any$"):
        refuse_disturbed({"disturbance": "CPU 1 was taken for 12 % of a second"})


def test_others_are_those_that_used_a_cpu_in_between():
    before = {1: Seen("init", 5.0, 0), 2: Seen("burn", 1.0, 1)}
    after = {1: Seen("init", 5.0, 0), 2: Seen("burn", 1.8, 1), 3: Seen("new", 0.1, 0)}
    assert others_between(before, after, 2.0) == [Other(2, "burn", 0.4, 1), Other(3, "new", 0.05, 0)]


def test_shares_are_of_the_second():
    printed = {"gaps": 2, "gaps_ns": 50_000_000, "longest_ns": 40_000_000, "p99_ns": 40_000_000, "waited_ns": None}
    assert heard_of(1, printed) == Heard(1, 0.05, None, 2, 40.0, 40.0)


def test_a_loop_that_is_never_interrupted_has_no_gaps(monkeypatch):
    times = iter([0, 100, 200, 60_000, 60_100, 2_000_000])
    monkeypatch.setattr("time.monotonic_ns", lambda: next(times))
    assert spin(0.001, 20_000) == [59_800, 1_939_900]


def test_the_line_says_how_quiet_it_was():
    cpu = {"taken_share": 0.0123}
    assert "quiet: others took 1.23 % of a CPU at most" in machine_line({"disturbance": None, "cpus": [cpu]})
    assert "too disturbed to calibrate: CPU 1" in machine_line({"disturbance": "CPU 1 was taken", "cpus": [cpu]})
