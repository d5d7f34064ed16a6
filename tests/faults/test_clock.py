"""The wall clock stepped by an hour, and a machine that is suspended: no figure is made of either.

The step is a preloaded library's (tests/support/stepped_clock.c), in every process of the study and of its servers: the
machine's own clock is not touched. Suspended is the whole tree of processes, by SIGSTOP and SIGCONT.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from servebench.analyse.raw import read_trials
from servebench.analyse.tables import read_table, write_tables
from servebench.build.toolchain import find_compiler
from servebench.trial.record import read_record
from support.checkout import Checkout
from support.packages import make_package
from support.processes import none_left

SHIM = Path(__file__).parents[1] / "support" / "stepped_clock.c"
MODEL = "cancer-logistic"
STUDY = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled]", "users=[2]"]
STUDY += ["repeats=3", "duration_s=1"]
TARGETS = [f"results/smoke/trials/{MODEL}/fastapi-compiled/native/users-2/{repeat}/result.json" for repeat in (1, 2, 3)]
HOUR_S = 3600
STOPPED_S = 2.5


@pytest.fixture(scope="module")
def stepped(tmp_path_factory):
    """The environment in which a process's wall clock stands off by what a file says, and that file."""
    compiler = find_compiler("c")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler, and a loader that preloads")
    folder = tmp_path_factory.mktemp("clock")
    library, step = folder / "stepped_clock.so", folder / "step"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SHIM, "-ldl"], check=True)
    step.write_text("0")
    return {"LD_PRELOAD": str(library), "STEPPED_CLOCK": str(step)}, step


def test_the_shim_steps_the_wall_clock_and_no_other(stepped):
    environment, step = stepped
    code = "import time; print(time.time(), time.monotonic())"
    step.write_text(str(HOUR_S))
    told = subprocess.check_output([sys.executable, "-c", code], env={**os.environ, **environment}, text=True)
    step.write_text("0")
    wall_s, monotonic_s = (float(word) for word in told.split())
    assert wall_s - time.time() == pytest.approx(HOUR_S, abs=60)
    assert monotonic_s == pytest.approx(time.monotonic(), abs=60)


@contextlib.contextmanager
def stepping(step):
    """Set the clock forth and back by an hour, again and again, until the block ends."""
    ended = threading.Event()

    def run():
        offsets = [HOUR_S, -HOUR_S]
        while not ended.wait(0.15):
            step.write_text(str(offsets[0]))
            offsets.reverse()
        step.write_text("0")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Stepped(Checkout):
    """A checkout whose processes have a wall clock that is set while they run."""

    def __init__(self, folder, environment):
        super().__init__(folder)
        self.added = environment

    def environment(self):
        return super().environment() | self.added


def test_nothing_is_measured_by_the_wall_clock(stepped, tmp_path):
    environment, step = stepped
    checkout = Stepped(tmp_path / "checkout", environment)
    began_s = time.monotonic()
    with stepping(step):
        done = checkout.snakemake(*TARGETS, *STUDY)
    took_s = time.monotonic() - began_s
    assert done.returncode == 0, done.stdout
    root = checkout.folder / "results/smoke"
    records = [read_record(checkout.folder / target) for target in TARGETS]
    for record in records:
        assert record.load.window_s == 1.0
        assert record.load.errors == {}
        # Two users never wait for a minute, nor for less than nothing.
        assert 0 < record.load.latency_min_ms <= record.load.latency_max_ms < 60_000
        assert 0 <= record.server.cpu_mean_cores < 4
        assert 0 <= record.server.ready_s < 60
        # However long others held the machine: that is a part of the call.
        assert 0 <= record.lock_wait_s < took_s
    took = [json.loads(line)["wall_s"] for line in (root / "journal.jsonl").read_text().splitlines()]
    assert len(took) == len(TARGETS)
    assert all(0 < seconds < 60 for seconds in took)
    results = [checkout.folder / target for target in TARGETS]
    write_tables(results, root / "tables")
    assert read_table(root / "tables", "cells").iloc[0]["repeats"] >= 1
    # Little's law ties latencies to the window's length: users = throughput x response.
    for trial in read_trials(results):
        load = trial.record.load
        assert load.throughput_rps * load.latency_mean_ms / 1000 == pytest.approx(2, rel=0.1)
        assert sum(trial.good_answers()) == load.requests


def test_a_clock_that_was_set_back_measures_nothing_again(tmp_path):
    checkout = Checkout(tmp_path / "checkout")
    model = checkout.folder / f"results/smoke/models/{MODEL}"
    done = checkout.snakemake(str(model.relative_to(checkout.folder) / "manifest.json"), *STUDY)
    assert done.returncode == 0, done.stdout
    # Since then the clock was set back: files from the future.
    for path in model.iterdir():
        os.utime(path, (time.time() + HOUR_S, time.time() + HOUR_S))
    done = checkout.snakemake(TARGETS[0], *STUDY)
    assert done.returncode == 0, done.stdout
    before = checkout.results("smoke")
    assert len(before) == 1
    assert "Nothing to be done" in checkout.snakemake(TARGETS[0], *STUDY).stdout
    done = checkout.snakemake(*TARGETS[:2], *STUDY)
    assert done.returncode == 0, done.stdout
    after = checkout.results("smoke")
    assert len(after) == 2
    assert {name: after[name] for name in before} == before


TRIAL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from support.packages import trial_request
from servebench.trial.run import run_trial
run_trial(
    trial_request(
        Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]),
        generator=sys.argv[5], users=int(sys.argv[6]), duration_s=3.0, warmup_s=0.5,
    ),
    None,
    most_retries=int(sys.argv[7]),
)
"""


def tree_of(process):
    """A process and what it started, groups of their own included."""
    first = psutil.Process(process.pid)
    return [first, *first.children(recursive=True)]


def suspend(process, stopped_s):
    """Stop a whole tree, and let it go on."""
    stopped = tree_of(process)
    for one in stopped:
        one.send_signal(signal.SIGSTOP)
    time.sleep(stopped_s)
    for one in stopped:
        one.send_signal(signal.SIGCONT)


def await_window(process):
    """Wait until the generator is connected; then its greetings and its warm-up pass, and the window is open."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        assert process.poll() is None
        with contextlib.suppress(psutil.Error):
            generators = [one for one in tree_of(process) if any("specification-" in word for word in one.cmdline())]
            if any(one.net_connections("tcp") for one in generators):
                time.sleep(1.3)
                return
        time.sleep(0.02)
    raise AssertionError("no load began")


@pytest.mark.parametrize("generator", ["native", "locust"])
@pytest.mark.parametrize("most_retries", [1, 0])
def test_a_suspended_window_is_made_again_or_disturbed(cancer_model, tmp_path, generator, most_retries):
    make_package("fastapi-compiled", cancer_model, tmp_path / "package")
    tests = Path(__file__).parents[1]
    arguments = [tmp_path / "package", cancer_model, tmp_path / "trials", tests, generator, 4, most_retries]
    process = subprocess.Popen([sys.executable, "-c", TRIAL, *map(str, arguments)])
    await_window(process)
    suspend(process, STOPPED_S)
    assert process.wait(timeout=60) == 0
    record = read_record(tmp_path / "trials/1/result.json")
    if most_retries:
        assert any("of the window" in attempt.reason for attempt in record.attempts)
    else:
        assert record.generator.harness_late_ms > 1000 * STOPPED_S - 500
        write_tables([tmp_path / "trials/1/result.json"], tmp_path / "tables")
        cell = read_table(tmp_path / "tables", "cells").iloc[0]
        assert cell["verdict"] == "disturbed", cell["verdict_reason"]
        assert cell["throughput_is_lower_bound"]
    assert none_left(str(tmp_path))


def test_a_suspended_study_goes_on(tmp_path):
    checkout = Checkout(tmp_path / "checkout")
    process = checkout.start(*TARGETS, *STUDY)
    checkout.await_trial("smoke")
    suspend(process, STOPPED_S)
    output, _ = process.communicate(timeout=200)
    assert process.returncode == 0, output
    assert len(checkout.results("smoke")) == len(TARGETS)
    assert none_left(str(checkout.folder))
