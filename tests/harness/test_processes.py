"""No process outlives its owner, however soon after its start the owner is ended."""

import subprocess
import sys

import pytest
from support.processes import none_left, processes_with

# Ends itself at the moment when the process is there and nothing has been noted of it.
SCRIPT = """
import os, signal, subprocess, sys
from servebench.signals import interrupt_on_ending
from servebench.trial.processes import ProcessGroups

interrupt_on_ending()
start = subprocess.Popen.__init__


def start_and_end(process, command, *rest, **options):
    start(process, command, *rest, **options)
    if "sleep" in command:
        os.kill(os.getpid(), signal.{sign})


subprocess.Popen.__init__ = start_and_end
with ProcessGroups() as groups:
    groups.start(["sleep", "1000.{mark}"], None, os.environ, sys.stderr.buffer)
"""


@pytest.mark.parametrize(("sign", "mark"), [("SIGKILL", 101), ("SIGTERM", 102), ("SIGINT", 103), ("SIGHUP", 104)])
def test_a_process_that_was_just_started_is_ended_with_its_owner(sign, mark):
    script = SCRIPT.format(sign=sign, mark=mark)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert none_left(f"sleep 1000.{mark}"), processes_with(f"sleep 1000.{mark}")
