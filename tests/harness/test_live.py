"""The process that draws: it shows what a run tells, and never outlives or stops it."""

import contextlib
import os
import signal
import sys
import time

import psutil
import pytest
from servebench.paths import REPOSITORY, StudyPaths
from support.processes import none_left
from support.runs import EXPECTED
from support.terminal import SHOW_CURSOR, Terminal

DRAWER = "servebench.live.draw"

# A run whose jobs are processes of their own, as Snakemake's are.
SCRIPT = """
import subprocess, sys, time
from pathlib import Path
from servebench.live.start import start_drawing
from servebench.paths import StudyPaths
JOB = '''
import sys, time
from servebench.live.events import JobBegan, tell
from servebench.words import Phase
tell(sys.stderr, JobBegan(Phase.BUILD, sys.argv[1], time.time()))
print("crow: not available: no compiler", file=sys.stderr)
'''
start_drawing(StudyPaths(Path(sys.argv[1])), "now")
subprocess.run([sys.executable, "-c", JOB, "building crow"], check=True)
{action}
print("servebench: the last words", file=sys.stderr)
"""


@pytest.fixture
def start(tmp_path):
    paths = StudyPaths(tmp_path / "study")
    EXPECTED.write(paths.expected)

    with contextlib.ExitStack() as runs:

        def start_run(action):
            environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow")}
            command = [sys.executable, "-c", SCRIPT.format(action=action), str(paths.root)]
            return runs.enter_context(Terminal(command, tmp_path, environment))

        yield start_run


def drawers(terminal):
    """The processes that draw for a run."""
    children = psutil.Process(terminal.process.pid).children(recursive=True)
    return [child for child in children if DRAWER in child.cmdline()]


def test_a_run_is_drawn_and_its_text_stands_above_and_after(start, tmp_path):
    run = start("time.sleep(0.7)")
    assert run.end() == 0
    assert "[2/5] builds and checks" in run.text
    assert "now     building crow" in run.text
    # What is said while the table is there, and what is said last: once, whole, and in this order.
    assert run.text.count("crow: not available: no compiler") == 1
    assert run.text.rstrip().endswith("servebench: the last words")
    assert none_left(str(tmp_path))


def test_a_drawer_that_is_killed_stops_nobody_and_the_text_still_comes(start):
    run = start("input(); [print('a line of text' * 50) for _ in range(200)]")
    run.await_text("now     building crow")
    (drawer,) = drawers(run)
    drawer.kill()
    drawer.wait(5)
    run.type("\n")
    assert run.end() == 0
    assert run.text.rstrip().endswith("servebench: the last words")
    assert SHOW_CURSOR in run.raw


def test_it_ends_with_a_run_that_is_killed(start, tmp_path):
    run = start("time.sleep(60)")
    run.await_text("now     building crow")
    run.process.kill()
    assert run.end() == -signal.SIGKILL
    assert none_left(str(tmp_path))
    assert SHOW_CURSOR in run.raw


def test_ctrl_c_ends_the_run_and_the_drawer_shows_its_last_words(start, tmp_path):
    run = start("""
try:
    time.sleep(60)
except KeyboardInterrupt:
    pass
""")
    run.await_text("now     building crow")
    run.press_ctrl_c()
    assert run.end() == 0
    assert run.text.rstrip().endswith("servebench: the last words")
    assert none_left(str(tmp_path))


def test_a_second_of_the_window_is_shown_while_the_next_one_runs(start):
    run = start("""
from servebench.live.events import TrialBegan, WindowBegan, tell
from servebench.trial.onlooker import LoadSecond
tell(sys.stderr, TrialBegan(("m", "crow", "native", "users-64"), 1, time.time()))
tell(sys.stderr, WindowBegan(time.time() - 1.1, 60.0))
tell(sys.stderr, LoadSecond(1, 71200, 0.912, False))
input()
""")
    run.await_text(" of 60 · 71,200 requests/s · p99 0.91 ms")
    run.type("\n")
    assert run.end() == 0


def test_it_draws_at_most_twice_a_second(start):
    run = start("[print(f'line {n}', flush=True) or time.sleep(0.01) for n in range(200)]")
    began_s = time.monotonic()
    assert run.end() == 0
    pictures = run.text.count("[5/5] report")
    # And one as it begins, one as it ends.
    assert 1 <= pictures <= 2 * (time.monotonic() - began_s) + 2
    assert all(f"line {n}" in run.text for n in range(200))
