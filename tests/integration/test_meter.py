import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from servebench.trial.memory import UNKNOWN, read_memory
from servebench.trial.meter import read_cpu, sample
from servebench.trial.tree import tree_of

BURN = """
import os, sys, time
def burn(seconds):
    while time.process_time() < seconds:
        pass
children = int(sys.argv[2])
for _ in range(children):
    if os.fork() == 0:
        burn(float(sys.argv[1]))
        os._exit(0)
burn(float(sys.argv[1]))
if sys.argv[3] == "reap":
    for _ in range(children):
        os.wait()
print("done", flush=True)
time.sleep(60)
"""

FILL = """
import time
data = bytearray(100 * 1024 * 1024)
data[::4096] = b"x" * len(data[::4096])
print("done", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(("children", "ending"), [(0, "keep"), (2, "keep"), (2, "reap")])
def test_cpu_counts_children_alive_and_ended(children, ending):
    command = [sys.executable, "-c", BURN, "0.5", str(children), ending]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "done\n"
            time.sleep(1.5)
            used = read_cpu(process.pid).cpu_s
        finally:
            process.kill()
    expected = 0.5 * (children + 1)
    assert used == pytest.approx(expected, rel=0.1)


def test_memory_of_a_known_size_is_seen():
    with subprocess.Popen([sys.executable, "-c", FILL], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "done\n"
            reading, memory = sample(process.pid), read_memory([process.pid])
        finally:
            process.kill()
    assert reading is not None
    assert reading.rss_mib == pytest.approx(105, rel=0.15)
    assert memory.rss_mib == pytest.approx(reading.rss_mib, rel=0.02)
    if memory.uss_mib is not None:
        assert 99 < memory.uss_mib <= memory.rss_mib
    if memory.pss_mib is not None:
        assert memory.uss_mib <= memory.pss_mib <= memory.rss_mib


FORK = """
import os, sys, threading, time
# A child of a thread is the process's own too.
def fork():
    if os.fork() == 0:
        time.sleep(60)
thread = threading.Thread(target=fork)
thread.start()
thread.join()
print("done", flush=True)
time.sleep(60)
"""


def test_a_tree_holds_the_children_of_every_thread():
    with subprocess.Popen([sys.executable, "-c", FORK], stdout=subprocess.PIPE, text=True) as process:
        tree = []
        try:
            assert process.stdout.readline() == "done\n"
            tree = tree_of(process.pid)
            assert tree == [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
            assert len(tree) == 2
        finally:
            for pid in [process.pid, *tree]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def test_a_process_that_is_gone_gives_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert sample(process.pid) is None
    assert read_cpu(process.pid).cpu_s == 0.0
    assert tree_of(process.pid) == []
    assert read_memory([process.pid]) == UNKNOWN
