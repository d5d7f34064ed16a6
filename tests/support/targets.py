"""The processes of a study that runs, by what they are, and hitting them at random moments."""

import contextlib
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

POLL_S = 0.02


def _trial(snakemake: psutil.Process) -> psutil.Process | None:
    return _first(_below(snakemake), lambda words: ".trial.py" in words)


def _server(snakemake: psutil.Process) -> psutil.Process | None:
    return _first(_below(_trial(snakemake)), lambda words: "--port" in words)


def _generator(snakemake: psutil.Process) -> psutil.Process | None:
    return _first(_below(_trial(snakemake)), lambda words: "specification-" in words)


def _worker(snakemake: psutil.Process) -> psutil.Process | None:
    return _first(_below(_server(snakemake)), lambda words: "spawn_main" in words)


FIND: dict[str, Callable[[psutil.Process], psutil.Process | None]] = {
    "snakemake": lambda snakemake: snakemake,
    "trial": _trial,
    "server": _server,
    "generator": _generator,
    "worker": _worker,
}


def target(kind: str, snakemake: int) -> psutil.Process | None:
    """A process of this kind now; None where there is none."""
    try:
        return FIND[kind](psutil.Process(snakemake))
    except psutil.NoSuchProcess:
        return None


def _below(process: psutil.Process | None) -> list[psutil.Process]:
    return [] if process is None else process.children(recursive=True)


def _first(processes: list[psutil.Process], is_meant: Callable[[str], bool]) -> psutil.Process | None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if is_meant(" ".join(process.cmdline())):
                return process
    return None


@dataclass(frozen=True)
class Hit:
    """A process that was hit, and when, in s after it was first seen."""

    pid: int
    after_s: float


class Hitter:
    """Hits a process of a kind, so often, each time another one and at a random moment of its life."""

    def __init__(self, kind: str, hit: Callable[[psutil.Process], None], times: int, longest_s: float, seed: int):
        self.hits: list[Hit] = []
        self._kind, self._hit, self._times, self._longest_s = kind, hit, times, longest_s
        self._random = random.Random(seed)

    def beside(self, study: "subprocess.Popen[str]") -> str:
        """Hit until the study has ended; returns what it printed."""
        thread = threading.Thread(target=self._until_end, args=(study,))
        thread.start()
        output, _ = study.communicate(timeout=540)
        thread.join()
        return output

    def _until_end(self, study: "subprocess.Popen[str]") -> None:
        while len(self.hits) < self._times and study.poll() is None:
            found = target(self._kind, study.pid)
            if found is None or found.pid in {hit.pid for hit in self.hits}:
                time.sleep(POLL_S)
                continue
            after_s = self._random.uniform(0.0, self._longest_s)
            time.sleep(after_s)
            with contextlib.suppress(psutil.NoSuchProcess):
                self._hit(found)
                self.hits.append(Hit(found.pid, after_s))


def stop_for(seconds: float) -> Callable[[psutil.Process], None]:
    """What stops a process for a while."""

    def hit(process: psutil.Process) -> None:
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    return hit


def send(*signs: signal.Signals) -> Callable[[psutil.Process], None]:
    """What sends a signal to a process: the next one each time, and from then on the last one."""
    left = list(signs)

    def hit(process: psutil.Process) -> None:
        process.send_signal(left[0])
        del left[: len(left) > 1]

    return hit


def await_target(kind: str, study: "subprocess.Popen[str]", patience_s: float = 60.0) -> psutil.Process:
    """Wait for a process of this kind."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and study.poll() is None:
        found = target(kind, study.pid)
        if found is not None:
            return found
        time.sleep(POLL_S)
    raise AssertionError(f"no {kind} was seen")


def await_file(path: Path, patience_s: float = 60.0) -> None:
    """Wait until a file is there."""
    await_that(path.exists, str(path), patience_s)


def await_that(is_there: Callable[[], bool], what: str, patience_s: float = 60.0) -> None:
    """Wait for `what`, and fail where it does not come."""
    deadline = time.monotonic() + patience_s
    while not is_there():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come")
        time.sleep(POLL_S)
