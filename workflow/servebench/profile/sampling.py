"""One profiler at work: started on a server's processes, interrupted at the end of a window, read."""

import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.profile.profiler import Profiler
from servebench.profile.stacks import Stacks
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import last_line, server_environment

# How long it may take to write what it has seen.
WRITE_S = 30.0


@dataclass(frozen=True)
class Sampler:
    """A profiler that is there: its program, the CPUs that it may use, and the log of what it says."""

    profiler: Profiler
    program: str
    cpus: tuple[int, ...] | None
    log: Path

    def sample(self, groups: ProcessGroups, pids: Sequence[int], until_s: float, output: Path) -> None:
        """Let it look at these processes until then (monotonic); raises ServebenchError where it cannot."""
        command = self.profiler.command(self.program, pids, output)
        with self.log.open("ab") as stream:
            process = groups.start(command, self.cpus, server_environment(1), stream)
        try:
            process.wait(max(0.0, until_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            self._await_end(process)
        else:
            raise self._failure(process.returncode)

    def read(self, output: Path) -> Stacks:
        """What it has seen; raises ServebenchError where it has seen nothing."""
        stacks = self.profiler.read(self.program, output)
        if not stacks:
            raise self._failure(0)
        return stacks

    def _await_end(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(WRITE_S)
        except subprocess.TimeoutExpired:
            raise ServebenchError(f"{self.profiler.kind} did not end within {WRITE_S:g} s; see {self.log}") from None

    def _failure(self, code: int) -> ServebenchError:
        """Why there are no samples, in one line."""
        said = self.log.read_text(encoding="utf-8", errors="replace").lower()
        if any(words in said for words in self.profiler.denied):
            return ServebenchError(f"{self.profiler.kind} may not look into the server: {self.profiler.remedy}")
        return ServebenchError(f"{self.profiler.kind} took no samples (code {code}): {self._error()}; see {self.log}")

    def _error(self) -> str:
        """The line that names an error, which a backtrace may follow; else the last one."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line for line in lines if line.lower().startswith("error")), last_line(self.log))
