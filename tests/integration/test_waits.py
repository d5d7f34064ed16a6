"""Who waited for a CPU, each with the cause injected: what the figures are for."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from servebench.cgroup import read_throttling, throttled_share
from servebench.machine import Placement
from servebench.trial.listen_queue import read_listen_queue
from servebench.trial.meters import ProcessMeter
from servebench.trial.threads import used_between
from servebench.trial.waits import waits_of
from servebench.trial.window import Subject, observe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who waited")
DURATION_S = 1.0
# Threads that compute without Python's own lock, each for itself.
COMPUTE = """
import hashlib, sys, threading
def compute():
    while True:
        hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2000)
for _ in range(int(sys.argv[1])):
    threading.Thread(target=compute).start()
"""


@contextmanager
def computing(cpu, threads=1, is_alone=False):
    """A process that wants `threads` CPUs and has one, as good as alone where it may be preferred to all others."""
    prefer = ["nice", "-n", "-15"] if is_alone else []
    command = [*prefer, "taskset", "-c", str(cpu), sys.executable, "-c", COMPUTE, str(threads)]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        if is_alone:
            # Where each session is a group to the scheduler, a process's own priority counts within it only.
            with suppress(OSError):
                Path(f"/proc/{process.pid}/autogroup").write_text("-15")
        time.sleep(0.3)
        yield process
    finally:
        process.kill()
        process.wait()


def watch(server, generator=()):
    """A window of it, and what it waited for."""
    subject = Subject(
        ProcessMeter(server.pid), None, [process.pid for process in generator], lambda: server.poll() is None
    )
    return observe(subject, time.monotonic() + 0.3, DURATION_S, None)


@pytest.fixture
def cpu():
    return max(os.sched_getaffinity(0))


@pytest.fixture
def placement(cpu):
    return Placement(server=(cpu,), generator=(cpu + 1,), is_pinned=True, is_shared=False)


def quietest(server, placement):
    """The window in which the machine's others took the least: others run when they like."""
    readings = [watch(server) for _ in range(5)]
    return min(readings, key=lambda reading: waits_of(reading, placement)["run_queue_share"])


def test_another_on_the_servers_cpu_is_seen(cpu, placement):
    with computing(cpu) as server, computing(cpu):
        found = waits_of(watch(server), placement)
    assert 0.3 < found["run_queue_share"] < 0.8
    assert found["cpus_idle_share"] < 0.05
    assert found["busiest_thread_cores"] < 0.7


def test_a_server_alone_waits_for_nobody(cpu, placement):
    with computing(cpu, is_alone=True) as server:
        found = waits_of(quietest(server, placement), placement)
    assert found["run_queue_share"] < 0.05
    assert found["busiest_thread_cores"] > 0.9


def test_threads_that_wait_for_each_other_wait_for_nobody_else(cpu, placement):
    with computing(cpu, threads=8, is_alone=True) as server:
        reading = quietest(server, placement)
        found = waits_of(reading, placement)
    used = used_between(reading.waits_first.server, reading.waits_last.server)
    assert used.delay_s > 5 * DURATION_S
    assert found["run_queue_share"] < 0.05
    assert found["busiest_thread_cores"] < 0.4


def test_among_such_threads_another_is_seen_too(cpu, placement):
    with computing(cpu, threads=8) as server, ExitStack() as others:
        for _ in range(4):
            others.enter_context(computing(cpu))
        found = waits_of(watch(server), placement)
    assert 0.2 < found["run_queue_share"] < 0.9


def test_a_server_without_work_leaves_its_cpu_idle(cpu, placement):
    if psutil.cpu_percent(interval=1.0, percpu=True)[cpu] > 20:
        pytest.skip("others keep this CPU busy")
    with subprocess.Popen(["taskset", "-c", str(cpu), "sleep", "60"]) as server:
        try:
            shares = [waits_of(watch(server), placement)["cpus_idle_share"] for _ in range(5)]
        finally:
            server.kill()
    assert max(shares) > 0.8


def test_a_generator_that_shares_its_cpu_waited(cpu):
    with computing(cpu) as generator, computing(cpu), subprocess.Popen(["sleep", "60"]) as server:
        try:
            reading = watch(server, [generator])
        finally:
            server.kill()
    used = used_between(reading.waits_first.generator, reading.waits_last.generator)
    assert 0.3 < used.longest_delay_s / used.elapsed_s < 0.8


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_connections_that_nobody_accepts_are_counted(family):
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket(family))
        listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        listener.listen(20)
        port = listener.getsockname()[1]
        assert read_listen_queue(port) == 0
        for _ in range(7):
            sockets.enter_context(socket.create_connection(listener.getsockname()[:2]))
        assert read_listen_queue(port) == 7
        sockets.enter_context(listener.accept()[0])
        assert read_listen_queue(port) == 6
    assert read_listen_queue(port) is None


def limit(folder):
    """Let a cgroup use a fifth of a CPU, in whichever version this system has; False where that is not allowed."""
    for name, text in (("cpu.cfs_quota_us", "20000"), ("cpu.max", "20000 100000")):
        try:
            (folder / name).write_text(text)
        except OSError:
            continue
        return True
    return False


@pytest.fixture
def quota():
    """The folder of a cgroup with a quota; to make it needs rights that few have."""
    for root in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")):
        folder = root / f"servebench-test-{os.getpid()}"
        with suppress(OSError):
            folder.mkdir()
            if limit(folder):
                yield folder
                folder.rmdir()
                return
            folder.rmdir()
    pytest.skip("cannot make a cgroup with a quota here")


def test_a_quota_is_seen_and_how_it_held_its_processes(quota, cpu):
    read = "from servebench.cgroup import cpu_quota, quota_folders; print(cpu_quota(), *quota_folders())"
    join = f'echo $$ > {quota}/cgroup.procs; exec "$@"'
    command = ["sh", "-c", join, "sh", sys.executable, "-c", read]
    assert subprocess.check_output(command, text=True) == f"0.2 {quota}\n"
    with computing(cpu) as server:
        (quota / "cgroup.procs").write_text(str(server.pid))
        first, started_s = read_throttling([quota]), time.monotonic()
        time.sleep(2.0)
        share = throttled_share(first, read_throttling([quota]), time.monotonic() - started_s)
    assert 0.2 < share < 0.95
