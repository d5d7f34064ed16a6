"""The null server: built like the C++ servers, run on CPUs of its own."""

import contextlib
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from servebench.build.cmake import compile_project, key_of, locked
from servebench.errors import ServebenchError
from servebench.paths import SERVERS
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, free_port, last_line, request

SOURCE = SERVERS / "contract" / "null"
START_TIMEOUT_S = 5.0


def source_files() -> list[Path]:
    """The files that make the null server."""
    return sorted(SOURCE.iterdir())


def build_null_server(folder: Path, cache: Path) -> Path:
    """Compile the null server into `folder`; raises Unavailable where this machine cannot."""
    build_folder = cache / "build" / f"null-{key_of(SOURCE, source_files())[:16]}"
    with locked(build_folder):
        compile_project(SOURCE, build_folder, "null_server", {}, [])
        shutil.copy2(build_folder / "null_server", folder / "null_server")
    return folder / "null_server"


def start_null_server(groups: ProcessGroups, executable: Path, cpus: Sequence[int] | None) -> tuple[int, int]:
    """Start it on a free port; returns the port and the process's number once it answers."""
    port = free_port()
    log_path = executable.with_suffix(".log")
    with log_path.open("wb") as log:
        process = groups.start([str(executable), str(port)], cpus, dict(os.environ), log)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            request(port, "GET", "/", timeout_s=1.0)
            return port, process.pid
        time.sleep(0.01)
    raise ServebenchError(f"the null server did not answer on {HOST}:{port}: {last_line(log_path)}")
