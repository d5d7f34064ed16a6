"""The owner of a trial stays off the server's CPUs while it lasts, and gets all of its CPUs back in any case."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from servebench.campaign import Campaign
from servebench.machine import Placement
from servebench.trial.away import kept_away, waiting_processes

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs to pin"
)
OWNER = """
import threading, time
for _ in range(3):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
time.sleep(60)
"""
HARNESS = """
import sys, time
from servebench.machine import Placement
from servebench.trial.away import kept_away
placement = Placement((int(sys.argv[2]),), (int(sys.argv[3]),), True, False)
with kept_away(placement, int(sys.argv[1])):
    print("away", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home():
    cpus = os.sched_getaffinity(0)
    yield cpus
    os.sched_setaffinity(0, cpus)


@pytest.fixture
def placement(home):
    generator, *_, server = sorted(home)
    return Placement((server,), (generator,), True, False)


@pytest.fixture
def owner():
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process.pid
        finally:
            process.kill()


def cpus_of(pid):
    """The CPUs of each thread of a process."""
    return [os.sched_getaffinity(int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()]


def test_every_thread_of_the_owner_and_this_process_is_moved_and_given_back(owner, placement, home):
    with kept_away(placement, owner):
        assert cpus_of(owner) == [set(placement.generator)] * 4
        assert os.sched_getaffinity(0) == set(placement.generator)
    assert cpus_of(owner) == [home] * 4
    assert os.sched_getaffinity(0) == home


def test_a_trial_that_is_interrupted_gives_them_back(owner, placement, home):
    with pytest.raises(KeyboardInterrupt), kept_away(placement, owner):
        raise KeyboardInterrupt
    assert cpus_of(owner) == [home] * 4


def test_after_a_trial_that_was_killed_the_next_one_gives_them_back(owner, placement, home):
    command = [sys.executable, "-c", HARNESS, str(owner), str(placement.server[0]), str(placement.generator[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as harness:
        assert harness.stdout.readline() == "away\n"
        harness.send_signal(signal.SIGKILL)
    assert cpus_of(owner) == [set(placement.generator)] * 4
    # What the owner starts now has its CPUs.
    os.sched_setaffinity(0, placement.generator)
    Campaign("now", owner, 1, cpus=frozenset(home)).take_cpus()
    with kept_away(placement, owner):
        pass
    assert cpus_of(owner) == [home] * 4
    assert os.sched_getaffinity(0) == home


def test_an_owner_that_is_gone_or_another_users_stops_nothing(placement, home):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with kept_away(placement, process.pid):
        assert os.sched_getaffinity(0) == set(placement.generator)
    assert os.sched_getaffinity(0) == home


def test_nothing_is_moved_where_nothing_is_pinned(owner, home):
    with kept_away(Placement(tuple(home), tuple(home), False, True), owner):
        assert cpus_of(owner) == [home] * 4


def test_those_between_owner_and_harness_are_moved_too():
    parent = os.getppid()
    grandparent = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
    assert waiting_processes(None) == [os.getpid()]
    assert waiting_processes(grandparent) == [os.getpid(), parent, grandparent]
