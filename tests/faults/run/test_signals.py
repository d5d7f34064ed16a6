"""SIGINT, SIGTERM, SIGHUP and two seconds of SIGSTOP to each process of a study, and a terminal that is closed."""

import os
import pty
import random
import signal
import subprocess
import time

import pytest
from support.checkout import kill_group
from support.targets import FIND, Hitter, await_target, send, stop_for
from support.tiny_study import NATIVE, WORKERS

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NAMES = ", ".join(sign.name for sign in ENDING)
STOPPED_S = 2.0
# Past its start, mostly inside its window.
LONGEST_S = 1.5
# Whose trials take a process of this kind: those of the C++ server are made in half the time.
SYSTEM = {"snakemake": NATIVE, "trial": NATIVE, "generator": NATIVE, "server": WORKERS, "worker": WORKERS}


@pytest.mark.parametrize("kind", [kind for kind in FIND if kind != "snakemake"])
def test_a_study_goes_on_after_each_signal_to_one_of_its_processes(kind, tiny, undisturbed, seed, survives, tmp_path):
    study = tiny(systems=f"[{SYSTEM[kind]}]", repeats=len(ENDING) + 2)
    with survives(f"{NAMES} of {kind}", len(ENDING)):
        # One after the other, each to the process of another trial.
        hitter = Hitter(kind, send(*ENDING), len(ENDING), LONGEST_S, seed)
        output = hitter.beside(study.start())
        assert len(hitter.hits) == len(ENDING)
        # A trial that is hit while it imports Snakemake ends in Python's own words.
        assert kind == "trial" or "Traceback" not in output, output
        study.assert_nobody_left()
        kept = study.raw()
        study.go_on()
        kept = study.measure_died_again(kept)
        study.assert_as_without_fault(kept, undisturbed, tmp_path, may_have_died=True)


def test_a_study_goes_on_after_each_signal_to_its_snakemake(tiny, undisturbed, seed, survives, tmp_path):
    study = tiny(repeats=len(ENDING) + 1)
    with survives(f"{NAMES} of snakemake", len(ENDING)):
        for sign in ENDING:
            process = study.start()
            # Before, Snakemake itself is imported.
            await_target("trial", process)
            output = Hitter("snakemake", send(sign), 1, LONGEST_S, seed).beside(process)
            assert "Traceback" not in output, output
            study.assert_nobody_left()
        study.assert_loses_nothing(undisturbed, tmp_path)


@pytest.mark.parametrize("kind", FIND)
def test_two_seconds_of_standing_still_end_nothing(kind, tiny, undisturbed, seed, survives, tmp_path):
    study = tiny(systems=f"[{SYSTEM[kind]}]", repeats=2)
    with survives(f"SIGSTOP of {kind} for {STOPPED_S:g} s"):
        process = study.start()
        await_target("trial", process)
        hitter = Hitter(kind, stop_for(STOPPED_S), 1, LONGEST_S, seed)
        output = hitter.beside(process)
        assert hitter.hits
        assert process.returncode == 0, output
        study.assert_as_without_fault(study.raw(), undisturbed, tmp_path)


@pytest.mark.parametrize("sign", ENDING)
def test_a_signal_to_all_as_a_terminal_sends_it(sign, tiny, undisturbed, seed, survives, tmp_path):
    study = tiny(repeats=2)
    with survives(f"{sign.name} to the whole group"):
        process = study.start()
        await_target("server", process)
        time.sleep(random.Random(seed).uniform(0.0, LONGEST_S))
        output = kill_group(process, sign)
        assert process.returncode != 0
        assert "Traceback" not in output, output
        study.assert_nobody_left()
        study.assert_loses_nothing(undisturbed, tmp_path)


def start_in_terminal(study, *before):
    """Start a study in a terminal of its own; returns it and the terminal's other end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*before, "setsid", "--ctty", "--wait", *study.checkout.command(*study.arguments())],
        cwd=study.folder,
        env=study.checkout.environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    return process, ours


def test_a_closed_terminal_ends_a_study_which_goes_on(tiny, undisturbed, survives, tmp_path):
    study = tiny(repeats=2)
    with survives("a closed terminal"):
        process, terminal = start_in_terminal(study)
        while not study.journal():
            os.read(terminal, 4096)
        os.close(terminal)
        assert process.wait(60) != 0
        study.assert_nobody_left()
        study.assert_loses_nothing(undisturbed, tmp_path)


def test_a_study_that_was_told_to_outlive_its_terminal_is_made_to_its_end(tiny, undisturbed, survives, tmp_path):
    study = tiny(repeats=2)
    with survives("a closed terminal, under nohup"):
        process, terminal = start_in_terminal(study, "sh", "-c", 'trap "" HUP; exec "$@"', "sh")
        os.read(terminal, 4096)
        time.sleep(1.0)
        os.close(terminal)
        # Python itself fails at its end where its last words found no terminal.
        process.wait(120)
        study.assert_as_without_fault(study.raw(), undisturbed, tmp_path)
