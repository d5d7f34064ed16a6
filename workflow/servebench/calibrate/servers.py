"""The calibration's own servers: built like the C++ servers, run on CPUs of their own, known to the last detail."""

import contextlib
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.address import Address
from servebench.build.cmake_project import CMakeProject
from servebench.build.request import Unavailable
from servebench.errors import ServebenchError
from servebench.paths import SERVERS
from servebench.trial.ask import ask
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, free_port, last_line

PROJECT = CMakeProject("calibration", SERVERS / "contract" / "calibration")
NULL_SERVER = "null_server"
DELAY_SERVER = "delay_server"
PING_PONG = "ping_pong"
FLOOR = "floor"
BARE = "bare"
BURNER = "burner"
PROGRAMS = (NULL_SERVER, DELAY_SERVER, PING_PONG, FLOOR, BARE, BURNER)
START_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class CalibrationServer:
    """One that answers: its port and its process's number, and the address that it listens on."""

    port: int
    pid: int
    host: str = HOST

    @property
    def address(self) -> Address:
        """Where it answers."""
        return Address(self.host, self.port)


def build_program(program: str, folder: Path, cache: Path) -> Path:
    """Compile one of them into `folder`; raises Unavailable where this machine cannot."""
    if program != BURNER and platform.system() != "Linux":
        raise Unavailable("the calibration's servers need Linux (epoll)", "calibrate on Linux")
    PROJECT.build(program, folder / program, cache)
    return folder / program


def start_program(
    groups: ProcessGroups, executable: Path, cpus: Sequence[int] | None, *arguments: str, host: str = HOST
) -> CalibrationServer:
    """Start the null or the delay server on a free port; returns once it listens."""
    port = free_port(host)
    log_path = executable.with_suffix(".log")
    with log_path.open("wb") as log:
        process = groups.start([str(executable.resolve()), f"{host}:{port}", *arguments], cpus, dict(os.environ), log)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            ask(Address(host, port), "GET", "/", timeout_s=1.0)
            return CalibrationServer(port, process.pid, host)
        time.sleep(0.01)
    raise ServebenchError(f"{executable.name} did not answer on {host}:{port}: {last_line(log_path)}")
