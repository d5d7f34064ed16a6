"""An agent as the harness has it: a process that is told lines and answers lines, whatever way leads to its host."""

import contextlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.config import HOST_PLACE
from servebench.errors import ServebenchError
from servebench.load_hosts.protocol import ASK, ERROR, Ask, to_line
from servebench.paths import REPOSITORY
from servebench.pipe_lines import PipeLines
from servebench.texts import visible
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import last_line

AGENT = "servebench.load_hosts.agent"
# How long an answer that needs no work may take.
ANSWER_S = 10.0
LONGEST_SHOWN = 100


@dataclass(frozen=True)
class AgentProcess:
    """The process by which a host's agent is reached; its own errors, such as those of ssh, go to `log`."""

    host: str
    process: subprocess.Popen[bytes]
    command: list[str]
    log: Path
    answers: PipeLines

    def say(self, ask: Ask, **more: Any) -> None:
        """Ask it something."""
        assert self.process.stdin is not None
        # Of one that has ended its last words tell more: they are heard next.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(to_line({ASK: ask, **more}))
            self.process.stdin.flush()

    def hear(self, patience_s: float) -> dict[str, Any]:
        """Its next answer; raises ServebenchError where it is an error, or none comes."""
        line = self.answers.next(patience_s)
        if line is None:
            raise ServebenchError(
                f"load host {self.host}: no answer within {patience_s:.0f} s: is it reachable, and idle?"
            )
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._no_answer(line) if line else self._ended()
        if ERROR in answer:
            raise ServebenchError(f"load host {self.host}: {visible(str(answer[ERROR]))}")
        return answer

    def end(self) -> None:
        """Close its input, at which it ends its processes, and wait for it; its group is ended later in any case."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ANSWER_S)

    def _ended(self) -> ServebenchError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ANSWER_S)
        words = shlex.join(self.command)
        return ServebenchError(
            f"load host {self.host}: its agent ended ({last_line(self.log)}): try `{words} < /dev/null`"
        )

    def _no_answer(self, line: bytes) -> ServebenchError:
        """A login that greets its user prints something else."""
        said = visible(line.decode(errors="replace").strip(), LONGEST_SHOWN)
        return ServebenchError(
            f"load host {self.host} says '{said}' where its agent should answer: keep its login silent"
        )


def agent_command(template: Sequence[str], host: str) -> list[str]:
    """How the agent is started on a host; raises ServebenchError where a remote shell would read it otherwise."""
    words = ["env", f"PYTHONPATH={REPOSITORY / 'workflow'}", sys.executable, "-m", AGENT]
    for word in words:
        # ssh gives the words to a shell there, which these pass unchanged.
        if shlex.quote(word) != word:
            raise ServebenchError(f"load_hosts: '{word}' would not pass a shell unchanged: move the checkout elsewhere")
    return [*(word.replace(HOST_PLACE, host) for word in template), *words]


def start_agent(groups: ProcessGroups, template: Sequence[str], host: str, log: Path) -> AgentProcess:
    """Start a host's agent, which waits for what it is asked."""
    command = agent_command(template, host)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with log.open("wb") as stream:
        try:
            process = groups.start(command, None, dict(os.environ), stream, **pipes)
        except OSError as error:
            raise ServebenchError(
                f"load host {host}: {command[0]} cannot be started ({error.strerror}): mend load_host_command"
            ) from None
    assert process.stdout is not None
    return AgentProcess(host, process, command, log, PipeLines(process.stdout.fileno()))
