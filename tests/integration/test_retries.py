"""A trial whose window does not count, made again for real: a fresh server, the same lock, all windows kept."""

import fcntl
import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from servebench.machine import place, read_topology
from servebench.thresholds import MOST_RETRIES
from servebench.trial.machine_lock import LOCK
from servebench.trial.record import read_record
from servebench.trial.run import recorded_fault, run_trial
from servebench.words import Outcome
from support.packages import make_fault_package, trial_request
from support.processes import none_left

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or (os.cpu_count() or 1) < 2, reason="needs two CPUs to pin"
)
COMPETITOR = "import os, sys; os.sched_setaffinity(0, [int(sys.argv[1])])\nwhile True: pass"


@contextmanager
def competitor():
    """A process that wants all of a CPU of the generator's."""
    cpu = place(read_topology(), None, False, True).generator[0]
    process = subprocess.Popen([sys.executable, "-c", COMPETITOR, str(cpu)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def has_the_machine():
    """Whether this process holds the machine for its trial now."""
    with LOCK.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return json.loads(lock.read())["pid"] == os.getpid()
    return False


@pytest.fixture
def request_of(cancer_model, tmp_path):
    """A tiny trial of a server with a fault, by our own generator."""

    def make(fault, **changes):
        package = make_fault_package(fault, cancer_model, tmp_path / "package")
        return trial_request(package, cancer_model, tmp_path / "trials", generator="native", **changes)

    return make


def test_a_window_beside_a_competitor_is_made_again_by_a_fresh_start(request_of, tmp_path):
    request = request_of("none")
    with competitor() as process:
        servers = []

        def fault_of(raw):
            assert has_the_machine()
            servers.append(raw.record.server)
            was_there = process.poll() is None
            process.kill()
            process.wait()
            return "a competitor took the generator's CPU" if was_there else None

        record = run_trial(request, None, fault_of)
    assert record.outcome is Outcome.MEASURED
    assert [attempt.reason for attempt in record.attempts] == ["a competitor took the generator's CPU"]
    assert record.attempts[0].server == servers[0]
    assert record.server == servers[1]
    assert record.attempts[0].server.command != record.server.command, "the port of a fresh start is another"
    assert record.attempts[0].started_unix_s < record.started_unix_s
    assert not has_the_machine()
    # The raw files are those of the last window.
    rows = (request.folder / "series.csv").read_text().splitlines()[1:]
    assert sum(int(row.split(",")[1]) for row in rows) == record.load.requests
    assert none_left(str(tmp_path))


def test_what_the_record_says_of_a_competitor_makes_the_window_again(request_of):
    with competitor() as process:

        def fault_of(raw):
            process.kill()
            process.wait()
            return recorded_fault(raw)

        record = run_trial(request_of("none"), None, fault_of)
    if record.generator.run_queue_share is None:
        pytest.skip("this kernel does not tell who waited for a CPU")
    assert "the generator" in record.attempts[0].reason
    # On a busy machine others may have gone on.
    assert waited_share(record) <= waited_share(record.attempts[0]) or len(record.attempts) == MOST_RETRIES


def waited_share(attempt):
    """How long the generator waited for its CPU."""
    return attempt.generator.run_queue_share


def test_beside_a_competitor_that_never_goes_the_last_window_is_the_result(request_of, tmp_path):
    request = request_of("none")
    with competitor():
        record = run_trial(request, None, lambda _: "a competitor took the generator's CPU")
    assert record.outcome is Outcome.MEASURED
    assert len(record.attempts) == 2
    assert record.load.requests > 0
    assert read_record(request.folder / "result.json") == record
    assert none_left(str(tmp_path))


def test_a_server_that_dies_is_not_made_again(request_of):
    record = run_trial(request_of("dies"), None)
    assert record.outcome is Outcome.SERVER_DIED
    assert record.attempts == []


def test_an_interrupt_between_the_windows_leaves_nothing(request_of, tmp_path):
    def fault_of(_):
        raise KeyboardInterrupt

    request = request_of("none")
    with pytest.raises(KeyboardInterrupt):
        run_trial(request, None, fault_of)
    assert not has_the_machine()
    assert not request.folder.exists()
    assert none_left(str(tmp_path))
