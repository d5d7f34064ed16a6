"""A server under test: started, awaited, asked, described."""

import errno
import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.address import Address
from servebench.build.server_manifest import HEALTH_PATH
from servebench.config import LOOPBACK
from servebench.errors import ServebenchError
from servebench.paths import RUN_SCRIPT
from servebench.texts import visible
from servebench.trial.ask import NO_ANSWER, ask
from servebench.trial.meters import ProcessMeter
from servebench.trial.port import PortTaken, is_taken, listens, on_free_port
from servebench.trial.processes import ProcessGroups

HOST = LOOPBACK
POLL_S = 0.01
# Of a line that a server printed.
LONGEST = 300
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


@dataclass(frozen=True)
class ServerLaunch:
    """How a server is started."""

    package: Path
    parallelism_option: str
    parallelism: int
    cpus: tuple[int, ...] | None
    numeric_threads: int
    start_timeout_s: float
    health_path: str = HEALTH_PATH
    host: str = HOST

    def command(self, port: int) -> list[str]:
        """The exact command line."""
        return [
            str((self.package / RUN_SCRIPT).resolve()),
            *("--host", self.host, "--port", str(port), f"--{self.parallelism_option}", str(self.parallelism)),
        ]


@dataclass(frozen=True)
class RunningServer:
    """A server that has said that it is ready; `health` is what it said, if it was a JSON object."""

    process: subprocess.Popen[bytes]
    port: int
    command: list[str]
    ready_s: float
    health: dict[str, Any]
    host: str = HOST

    @property
    def address(self) -> Address:
        """Where it answers."""
        return Address(self.host, self.port)

    @property
    def meter(self) -> ProcessMeter:
        """What it is metered by: its process tree."""
        return ProcessMeter(self.process.pid)

    @property
    def ending(self) -> str:
        """How it ended, as a clause."""
        return f"the server ended with code {self.process.returncode}"

    def is_alive(self) -> bool:
        """Whether its first process still runs."""
        return self.process.poll() is None


def server_environment(numeric_threads: int) -> dict[str, str]:
    """This environment without the harness's own variables, and with the numeric libraries' threads set.

    Snakemake exports OMP_NUM_THREADS and its kin as the rule's threads: they must not reach the server.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SERVEBENCH_")}
    environment.pop("PYTHONPATH", None)
    return environment | dict.fromkeys(THREAD_VARIABLES, str(numeric_threads))


def local(port: int) -> Address:
    """A port of the loopback address, where all answers that we start, if no load hosts are to reach it."""
    return Address(HOST, port)


def free_port(host: str = HOST) -> int:
    """A TCP port of an address of this machine that nobody uses now; raises ServebenchError where it is not here."""
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            raise ServebenchError(
                f"server_address: this machine has no address {host}: give the one by which load hosts reach it"
            ) from None
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class StartingServer:
    """A server's process that has not answered yet."""

    process: subprocess.Popen[bytes]
    port: int
    command: list[str]
    started_s: float
    launch: ServerLaunch
    log_path: Path

    @property
    def address(self) -> Address:
        """Where it will answer."""
        return Address(self.launch.host, self.port)

    def await_health(self) -> RunningServer:
        """Wait until it is healthy; raises PortTaken where another process has its port, else ServebenchError."""
        deadline = self.started_s + self.launch.start_timeout_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                if self.process.returncode != 0 and is_taken(self.launch.host, self.port):
                    raise PortTaken(
                        f"server {self.launch.package}: another process took port {self.port} before it: run again"
                    )
                raise ServebenchError(
                    f"server {self.launch.package} ended with code {self.process.returncode} before it was "
                    f"healthy: {last_line(self.log_path)}; {_remedy(self.process.returncode)}see {self.log_path}"
                )
            health = _ask_health_at(self.address, self.launch.health_path)
            # Whoever took its port may answer until the server has noticed.
            if health is not None and listens(self.process.pid, self.port):
                ready_s = time.monotonic() - self.started_s
                return RunningServer(self.process, self.port, self.command, ready_s, health, self.launch.host)
            time.sleep(POLL_S)
        raise ServebenchError(
            f"server {self.launch.package} was not healthy within {self.launch.start_timeout_s:g} s: "
            f"{last_line(self.log_path)}; see {self.log_path}, or raise start_timeout_s"
        )


def _remedy(code: int) -> str:
    """What to do beside reading its log: one that ends well went on as a daemon, if at all."""
    return "start it in the foreground, " if code == 0 else ""


def spawn_server(groups: ProcessGroups, launch: ServerLaunch, log_path: Path) -> StartingServer:
    """Start a server's process on a free port, without waiting for it."""
    port = free_port(launch.host)
    command = launch.command(port)
    started_s = time.monotonic()
    with log_path.open("ab") as log:
        process = groups.start(command, launch.cpus, server_environment(launch.numeric_threads), log)
    return StartingServer(process, port, command, started_s, launch, log_path)


def start_server(groups: ProcessGroups, launch: ServerLaunch, log_path: Path) -> RunningServer:
    """Start a server and wait until it is healthy; raises ServebenchError where it never is."""
    return on_free_port(lambda: spawn_server(groups, launch, log_path).await_health())


def ask_health(port: int, path: str = HEALTH_PATH) -> dict[str, Any] | None:
    """What a server says of itself: nothing where its 200 is no JSON object; None where nobody answers 200."""
    return _ask_health_at(local(port), path)


def _ask_health_at(address: Address, path: str) -> dict[str, Any] | None:
    try:
        status, body, _ = ask(address, "GET", path, timeout_s=1.0)
    except NO_ANSWER:
        return None
    return said_health(body) if status == 200 else None


def said_health(body: bytes) -> dict[str, Any]:
    """What an answer to the health path says; nothing where it is no JSON object."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def last_line(path: Path) -> str:
    """The last line of a log, or a word that it is empty."""
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return visible(lines[-1], LONGEST) if lines else "it printed nothing"


def request(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 10.0,
) -> tuple[int, bytes, dict[str, str]]:
    """One request to a server of this machine, on a connection of its own."""
    return ask(local(port), method, path, body, headers, timeout_s)
