"""Generator processes of this host: started with what to send, let go together, collected."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.generator.protocol import (
    GREET,
    GREETED,
    GREETING_S,
    LoadResult,
    LoadSpecification,
)
from servebench.generator.registry import GENERATORS
from servebench.generator.told_second import ToldSecond, from_line
from servebench.known import known
from servebench.paths import REPOSITORY
from servebench.pipe_lines import PipeLines
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import last_line, server_environment
from servebench.words import GeneratorKind

RELEASE_DELAY_S = 0.05
# How long a process may take to load its payloads, and how much longer than they may the greetings take.
READY_S = 60.0
GREETING_GRACE_S = 5.0


@dataclass(frozen=True)
class LocalProcesses:
    """Processes that load their payloads and then wait for their start; `scratch` is theirs alone.

    `lines` are what each says.
    """

    processes: list[subprocess.Popen[bytes]]
    lines: list[PipeLines]
    results: list[Path]
    commands: list[list[str]]
    scratch: Path
    log: Path
    # How long before their start they are told it.
    lead_s: ClassVar[float] = RELEASE_DELAY_S

    @property
    def pids(self) -> list[int]:
        """Their numbers on this host."""
        return [process.pid for process in self.processes]

    def await_ready(self) -> None:
        """Wait until each has loaded its payloads and said so."""
        deadline_s = time.monotonic() + READY_S
        for lines in self.lines:
            if _next(lines, deadline_s) != "ready":
                raise ServebenchError(f"the generator did not start: {last_line(self.log)}; see {self.log}")

    def begin_greeting(self) -> None:
        """Let each greet on all its connections."""
        self._tell(GREET)

    def end_greeting(self) -> list[int | None]:
        """How many connections of each had an answer, None where that is not told."""
        deadline_s = time.monotonic() + GREETING_S + GREETING_GRACE_S
        greeted = []
        for lines in self.lines:
            word, _, count = _next(lines, deadline_s).partition(" ")
            if word != GREETED:
                raise ServebenchError(f"the generator did not greet: {last_line(self.log)}; see {self.log}")
            greeted.append(int(count) if count.isdigit() else None)
        return greeted

    def release(self, start_ns: int) -> None:
        """Tell each its start, on the monotonic clock."""
        self._tell(f"{start_ns}")

    def told_seconds(self) -> list[ToldSecond]:
        """What they have said of their window since they were asked before; nobody is waited for."""
        return known([from_line(line) for lines in self.lines for line in lines.arrived()])

    def collect(self, deadline_s: float) -> list[LoadResult]:
        """What each counted, once all have ended; raises ServebenchError where one fails or does not end."""
        for process in self.processes:
            try:
                code = process.wait(max(0.0, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise ServebenchError(f"the generator did not end; see {self.log}") from None
            if code != 0:
                raise ServebenchError(f"the generator failed (code {code}): {last_line(self.log)}; see {self.log}")
        results = [LoadResult.from_dict(read_json(path)) for path in self.results]
        shutil.rmtree(self.scratch)
        return results

    def _tell(self, line: str) -> None:
        for process in self.processes:
            assert process.stdin is not None
            try:
                process.stdin.write(f"{line}\n".encode())
                process.stdin.flush()
            except BrokenPipeError:
                raise ServebenchError(f"the generator ended early: {last_line(self.log)}; see {self.log}") from None


def start_processes(
    groups: ProcessGroups,
    kind: GeneratorKind,
    folder: Path,
    specifications: Sequence[LoadSpecification],
    cpus: Sequence[int] | None,
    scratch: Path,
    log: Path,
) -> LocalProcesses:
    """Start a process a specification; they load payloads and wait. `scratch` is made, and goes with the results."""
    scratch.mkdir()
    environment = server_environment(1) | {"PYTHONPATH": str(REPOSITORY / "workflow"), "PYTHONUNBUFFERED": "1"}
    processes, lines, results, commands = [], [], [], []
    for index, specification in enumerate(specifications):
        result = (scratch / f"load-{index}.json").resolve()
        path = scratch / f"specification-{index}.json"
        write_json(path, replace(specification, result=str(result)).as_dict())
        command = GENERATORS[kind].command(folder, str(path))
        with log.open("ab") as stream:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = groups.start(command, cpus, environment, stream, **pipes)
        assert process.stdout is not None
        processes.append(process)
        lines.append(PipeLines(process.stdout.fileno()))
        results.append(result)
        commands.append(command)
    return LocalProcesses(processes, lines, results, commands, scratch, log)


def _next(lines: PipeLines, deadline_s: float) -> str:
    """The next line that a process says; empty where it ends, or says nothing until then (monotonic)."""
    return (lines.next(max(0.0, deadline_s - time.monotonic())) or b"").decode().strip()
