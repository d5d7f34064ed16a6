"""A copy of the working tree in which a test may run studies and break things."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from servebench.paths import CACHE, REPOSITORY

from support.terminal import Terminal

LEFT_OUT = (
    ".git",
    ".venv",
    ".cache",
    ".snakemake",
    "results",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
)


class Checkout:
    """The copy, with a cache that it shares."""

    def __init__(self, folder: Path, cache: Path = CACHE) -> None:
        self.folder = folder
        shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns(*LEFT_OUT, ".hypothesis"))
        cache.mkdir(exist_ok=True)
        (folder / ".cache").symlink_to(cache)

    def command(self, *arguments: str) -> list[str]:
        return [str(Path(sys.executable).with_name("snakemake")), *arguments]

    def environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return environment | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def snakemake(
        self, *arguments: str, before: Sequence[str] = (), timeout_s: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run snakemake to its end, by a program `before` it where one is given."""
        return self._run([*before, *self.command(*arguments)], self.environment(), timeout_s)

    def servebench(self, *arguments: str, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command of the package to its end, as `make` does."""
        environment = self.environment() | {"PYTHONPATH": str(self.folder / "workflow")}
        return self._run([sys.executable, "-m", "servebench", *arguments], environment, timeout_s)

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Standard output and errors come together."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start snakemake in a session of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def in_terminal(self, *arguments: str) -> Terminal:
        """Start snakemake in a terminal, as a user does."""
        return Terminal(self.command(*arguments), self.folder, self.environment())

    def results(self, study: str) -> dict[str, int]:
        """The trials' records with the time of their writing (ns)."""
        root = self.folder / "results" / study / "trials"
        return {str(p.relative_to(root)): p.stat().st_mtime_ns for p in sorted(root.glob("*/*/*/*/*/result.json"))}

    def await_trial(self, study: str, patience_s: float = 90.0) -> None:
        """Wait until a trial's server runs."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if list((self.folder / "results" / study / "trials").glob("*/*/*/*/.*.partial/server.log")):
                time.sleep(0.5)
                return
            time.sleep(0.05)
        raise AssertionError("no trial started")


def kill_group(process: subprocess.Popen[str], sign: signal.Signals) -> str:
    """Send a signal to the whole group, as a terminal does; returns the output."""
    os.killpg(process.pid, sign)
    output, _ = process.communicate(timeout=60)
    return output
