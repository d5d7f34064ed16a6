"""A signal must not deadlock Snakemake's scheduler, whatever its thread holds."""

import subprocess
import sys

STUB = """
import os, signal, threading, time
from servebench.signals import defer_signal

class Scheduler:
    # Like Snakemake's: the handler takes the lock that the signalled thread holds while it selects.
    def __init__(self):
        self.lock = threading.Lock()
        self.stopped = threading.Event()
    def exit_gracefully(self, *_):
        with self.lock:
            self.stopped.set()

scheduler = Scheduler()
signal.signal(signal.SIGTERM, scheduler.exit_gracefully)
defer_signal(signal.SIGTERM)
with scheduler.lock:
    os.kill(os.getpid(), signal.SIGTERM)
    assert not scheduler.stopped.wait(0.2)
assert scheduler.stopped.wait(5)
"""

REAL = """
import os, signal, threading
import snakemake.api
from snakemake.workflow import JobScheduler
from servebench.signals import defer_signal

scheduler = object.__new__(JobScheduler)
scheduler._lock, scheduler._open_jobs, scheduler._user_kill = threading.Lock(), threading.Semaphore(0), None
signal.signal(signal.SIGTERM, scheduler.exit_gracefully)
defer_signal(signal.SIGTERM)
with scheduler._lock:
    os.kill(os.getpid(), signal.SIGTERM)
assert scheduler._open_jobs.acquire(timeout=5)
assert scheduler._user_kill == "graceful"
"""

DEFAULT = """
import os, signal
from servebench.signals import defer_signal

defer_signal(signal.SIGTERM)
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
"""


def run(script):
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)


def test_a_handler_that_waits_for_a_held_lock_does_not_hang():
    done = run(STUB)
    assert done.returncode == 0, done.stderr


def test_snakemakes_own_handler_does_not_hang_while_jobs_are_selected():
    done = run(REAL)
    assert done.returncode == 0, done.stderr


def test_a_signal_without_a_handler_is_left_alone():
    done = run(DEFAULT)
    assert done.returncode == 0, done.stderr


HELD = """
import os, signal
from servebench.signals import held_signals, interrupt_on_ending

interrupt_on_ending()
steps = []
try:
    with held_signals():
        os.kill(os.getpid(), signal.SIGHUP)
        steps.append("held")
    steps.append("never")
except KeyboardInterrupt:
    # One that comes while it ends does not disturb that.
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    steps.append("ended")
assert steps == ["held", "ended"], steps
"""

IGNORED = """
import os, signal
from servebench.signals import interrupt_on_ending

signal.signal(signal.SIGHUP, signal.SIG_IGN)
interrupt_on_ending()
os.kill(os.getpid(), signal.SIGHUP)
"""


def test_a_signal_waits_for_what_must_not_be_interrupted_and_comes_once():
    done = run(HELD)
    assert done.returncode == 0, done.stderr


def test_who_was_told_to_outlive_a_terminal_does():
    done = run(IGNORED)
    assert done.returncode == 0, done.stderr
