"""Processes that never outlive their owner: each in its own group, ended in any case."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from servebench.signals import held_signals
from servebench.trial.watchdog import MARK, kill_marked

WATCHDOG = Path(__file__).with_name("watchdog.py")
TERMINATE_S = 5.0


class ProcessGroups:
    """Starts process groups and ends them all on leaving the `with` block, or when this process is killed.

    What they start inherits a mark in its environment, by which also a daemon that left its group is found.
    """

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._mark = uuid.uuid4().hex

    def __enter__(self) -> "ProcessGroups":
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", str(WATCHDOG), self._mark], stdin=subprocess.PIPE, start_new_session=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            end_group(process)
        kill_marked(self._mark)
        if self._watchdog is not None and self._watchdog.stdin is not None:
            # The groups' numbers may be given to others from now on.
            self._watchdog.kill()
            self._watchdog.stdin.close()
            self._watchdog.wait()

    def start(
        self,
        command: Sequence[str],
        cpus: Sequence[int] | None,
        environment: Mapping[str, str],
        log: IO[bytes],
        **pipes: Any,
    ) -> subprocess.Popen[bytes]:
        """Start `command` in a group of its own, on `cpus` if given; its errors go to `log`."""
        watchdog = self._told_by()

        def prepare() -> None:
            # The child tells of itself before it becomes a server: SIGKILL of this process finds none that is unknown.
            if watchdog is not None:
                os.write(watchdog, f"{os.getpid()}\n".encode())
            if cpus is not None:
                os.sched_setaffinity(0, cpus)

        pipes.setdefault("stdin", subprocess.DEVNULL)
        pipes.setdefault("stdout", log)
        # An interrupt in between would leave one that runs and is not known here.
        with held_signals():
            process: subprocess.Popen[bytes] = subprocess.Popen(
                list(command),
                env={**environment, MARK: self._mark},
                stderr=log,
                start_new_session=True,
                preexec_fn=prepare,
                **pipes,
            )
            self._processes.append(process)
        return process

    def _told_by(self) -> int | None:
        """Where the watchdog is told of a group; None outside the `with` block."""
        if self._watchdog is None or self._watchdog.stdin is None:
            return None
        return self._watchdog.stdin.fileno()

    def end(self, pid: int) -> None:
        """End one group before the others."""
        for process in [process for process in self._processes if process.pid == pid]:
            end_group(process)
            self._processes.remove(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the whole group, SIGKILL to what is left of it; returns when it is gone."""
    for sign, patience_s in ((signal.SIGTERM, TERMINATE_S), (signal.SIGKILL, TERMINATE_S)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        if _wait_for_group(process, patience_s):
            return


def _wait_for_group(process: subprocess.Popen[bytes], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        process.poll()
        if process.returncode is not None and not _group_lives(process.pid):
            return True
        time.sleep(0.01)
    return False


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
