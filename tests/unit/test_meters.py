"""What meters a server that we did not start: a container's cgroup by its files, or nothing."""

import os

import pytest
from servebench.trial.container import ContainerMeter
from servebench.trial.memory import UNKNOWN, read_memory
from servebench.trial.meters import NoMeter, ProcessMeter, own_cpus, usable_by

# As a container of two processes shows them, with a group below for one of them.
CPU = (
    "usage_usec 1815302\nuser_usec 1440291\nsystem_usec 375011\nnr_periods 120\nnr_throttled 30\nthrottled_usec 2500\n"
)
MEMORY = "anon 40960\nfile 8192\npgfault 812\npgmajfault 3\n"


@pytest.fixture
def container(tmp_path):
    group = tmp_path / "docker-1.scope"
    (group / "below").mkdir(parents=True)
    files = {
        "cpu.stat": CPU,
        "memory.current": f"{3 * 2**20}\n",
        "memory.stat": MEMORY,
        "cpu.max": "150000 100000\n",
        "cgroup.procs": f"{os.getpid()}\n",
        "cgroup.threads": "11\n12\n",
        "below/cgroup.procs": "0\n",
        "below/cgroup.threads": "13\n",
    }
    for name, text in files.items():
        (group / name).write_text(text)
    return group


def test_a_container_is_told_by_its_files(container):
    meter = ContainerMeter(container)
    cpu, sample = meter.read_cpu(), meter.sample()
    assert (cpu.cpu_s, cpu.system_cpu_s, cpu.major_faults) == (1.815302, 0.375011, 3)
    assert (sample.cpu_s, sample.rss_mib, sample.threads, sample.processes) == (1.815302, 3.0, 3, 2)
    assert meter.quotas() == [container]


def test_processes_that_cannot_be_seen_from_here_are_not_looked_at(container):
    assert ContainerMeter(container).pids() == [os.getpid()]


def test_a_container_that_is_gone_tells_nothing(tmp_path):
    meter = ContainerMeter(tmp_path / "gone")
    assert (meter.read_cpu(), meter.sample(), meter.pids(), meter.quotas()) == (None, None, [], [])


def test_a_quota_leaves_as_many_cpus_as_it_fills(container):
    (container / "cpu.max").write_text("50000 100000\n")
    assert usable_by(ContainerMeter(container), []) == 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="tells no CPUs of a process")
def test_the_generators_cpus_are_not_the_servers_where_it_has_others():
    own = sorted(os.sched_getaffinity(0))
    meter = ProcessMeter(os.getpid())
    # In a quota of our own the least of both counts.
    free = usable_by(meter, [])
    assert 1 <= free <= len(own)
    assert usable_by(meter, own) == free
    assert usable_by(meter, own[:1]) == max(1, min(free, len(own) - 1))


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs to choose of"
)
def test_an_endpoint_has_cpus_of_its_own_where_all_its_processes_are_held_to_others_than_the_generators():
    home = os.sched_getaffinity(0)
    first, second = sorted(home)[:2]
    meter = ProcessMeter(os.getpid())
    try:
        os.sched_setaffinity(0, {second})
        assert own_cpus(meter, [first]) == [second]
        assert own_cpus(meter, [first, second]) is None
        os.sched_setaffinity(0, {first, second})
        assert own_cpus(meter, [first]) is None
    finally:
        os.sched_setaffinity(0, home)
    assert own_cpus(NoMeter(), [first]) is None


def test_without_a_meter_nothing_is_known():
    meter = NoMeter()
    assert (meter.read_cpu(), meter.sample(), meter.quotas()) == (None, None, [])
    assert read_memory(meter.pids()) == UNKNOWN
    assert usable_by(meter, []) is None
