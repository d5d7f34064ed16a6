"""One study of many trials: the memory and the descriptors of all its processes stay as they are.

`make soak TRIALS=1000` takes about four seconds a trial. Each process that a trial starts ends with it: what must not
grow is what snakemake itself holds, and what the processes of the last trials hold against those of the first.
"""

import os
import subprocess
import threading
from collections import defaultdict
from pathlib import Path

import psutil
import pytest
from support.checkout import Checkout
from support.processes import none_left
from support.slope import slope_of

TRIALS = int(os.environ.get("TRIALS") or 40)
STUDY = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled]", "users=[1]"]
STUDY += [f"repeats={TRIALS}", "warmup_s=0.1", "duration_s=1"]
TARGETS = [
    f"results/smoke/trials/cancer-logistic/fastapi-compiled/native/users-1/{repeat}/result.json"
    for repeat in range(1, TRIALS + 1)
]
SAMPLE_EVERY_S = 0.3
# The first trials find caches to fill.
WARM_UP = 5
# By which share of what it holds a process may grow over all trials, and by how little anything may.
MOST_GROWTH = 0.10
LITTLE = {"MiB": 5.0, "descriptors": 2.0}
ROLES = {"loadgen": "generator", "watchdog.py": "watchdog", "main.py": "server", "--mode": "job", "scripts/": "job"}


def role_of(process):
    """What a process of the study does; None where it ended."""
    try:
        line = " ".join(process.cmdline())
    except psutil.Error:
        return None
    return next((role for word, role in ROLES.items() if word in line), "other")


class Watch:
    """The largest memory and number of descriptors of each role in each trial."""

    def __init__(self, snakemake: psutil.Process, journal: Path) -> None:
        self.snakemake, self.journal = snakemake, journal
        self.peaks: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def run(self) -> None:
        while not self.ended.wait(SAMPLE_EVERY_S):
            trial = self.journal.read_bytes().count(b"\n") if self.journal.exists() else 0
            try:
                processes = [(process, role_of(process)) for process in self.snakemake.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for process, role in [(self.snakemake, "snakemake"), *processes]:
                self.note(process, role, trial)

    def note(self, process: psutil.Process, role: str | None, trial: int) -> None:
        try:
            told = {"MiB": process.memory_info().rss / 2**20, "descriptors": float(process.num_fds())}
        except psutil.Error:
            return
        for unit, value in told.items():
            peaks = self.peaks[(str(role), unit)]
            peaks[trial] = max(peaks[trial], value)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """The peaks of a study of many trials, which ended well and left nothing."""
    checkout = Checkout(tmp_path_factory.mktemp("soak") / "checkout")
    output = checkout.folder / "output"
    with output.open("w") as stream:
        process = subprocess.Popen(
            checkout.command(*TARGETS, *STUDY),
            cwd=checkout.folder,
            env=checkout.environment(),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            with Watch(psutil.Process(process.pid), checkout.folder / "results/smoke/journal.jsonl") as watch:
                code = process.wait()
        finally:
            process.kill()
    assert code == 0, output.read_text()[-2000:]
    assert len(checkout.results("smoke")) == TRIALS
    assert none_left(str(checkout.folder))
    return watch.peaks


@pytest.mark.parametrize("unit", LITTLE)
@pytest.mark.parametrize("role", ["snakemake", "job", "server", "generator"])
def test_nothing_grows(watched, role, unit):
    peaks = {trial: value for trial, value in watched[(role, unit)].items() if WARM_UP <= trial < TRIALS}
    assert len(peaks) > (TRIALS - WARM_UP) / 2
    slope = slope_of(list(peaks), list(peaks.values()))
    mean = sum(peaks.values()) / len(peaks)
    print(
        f"{role:10} {mean:8.1f} {unit:11} and over 1,000 trials {1000 * slope.value:+8.2f} "
        f"[{1000 * slope.low:+.2f}, {1000 * slope.high:+.2f}]"
    )
    # What is surely there, over all trials.
    assert max(0.0, slope.low) * TRIALS <= max(MOST_GROWTH * mean, LITTLE[unit])
