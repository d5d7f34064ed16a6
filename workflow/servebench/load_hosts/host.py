"""Load hosts as the harness holds them: each by its agent, which starts, releases and collects processes there."""

import contextlib
import itertools
import json
import os
import select
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from servebench.config import HOST_PLACE
from servebench.errors import ServebenchError
from servebench.generator.protocol import GREETING_S, LoadResult, LoadSpecification
from servebench.load_hosts.clock import HostClock, Ping
from servebench.load_hosts.link import LinkUse
from servebench.load_hosts.network import LoadNetwork
from servebench.load_hosts.protocol import ASK, ERROR, READY, Ask, HostFacts, LoadOrder, WindowReport, to_line
from servebench.paths import REPOSITORY
from servebench.trial.load_shares import HostSeat
from servebench.trial.local_processes import GREETING_GRACE_S, READY_S
from servebench.trial.machine_lock import PATIENCE_S
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import last_line
from servebench.words import GeneratorKind

AGENT = "servebench.load_hosts.agent"
# Long before a start, so that the word of it has come through.
LEAD_S = 0.5
PINGS = 5
# How long a connection and an answer that needs no work may take.
REACH_S = 30.0
ANSWER_S = 10.0


@dataclass(frozen=True)
class LoadHost:
    """A load host whose machine lock is held: its agent's process, and what the agent says of the host."""

    name: str
    agent: subprocess.Popen[bytes]
    log: Path
    facts: HostFacts
    # The numbers of its loads: one that was given up may still say that it is ready.
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def seat(self) -> HostSeat:
        """What it has for the generator: no server is there, so that only a quota forbids to spin."""
        return HostSeat(len(self.facts.cpus), not self.facts.has_quota)

    def say(self, ask: Ask, **more: Any) -> None:
        """Ask its agent something."""
        _say(self.agent, ask, **more)

    def hear(self, patience_s: float) -> dict[str, Any]:
        """The agent's next answer; raises ServebenchError where it is an error, or none comes."""
        return _hear(self.name, self.agent, self.log, patience_s)

    def read_clock(self) -> HostClock:
        """Where its clock stands against ours, by some pings."""
        return HostClock.of([self._ping() for _ in range(PINGS)])

    def _ping(self) -> Ping:
        sent_ns = time.monotonic_ns()
        self.say(Ask.PING)
        told = self.hear(ANSWER_S)
        return Ping(sent_ns, told["monotonic_ns"], time.monotonic_ns())


@dataclass(frozen=True)
class HostReading:
    """What a load host did in a window, how far its clock may have been off, and how full its link was."""

    host: str
    results: list[LoadResult]
    connections: int
    run_queue_share: float | None
    link: LinkUse | None
    clock: HostClock


@dataclass(frozen=True)
class HostsProcesses:
    """Generator processes on load hosts, which load their payloads and then wait for their start.

    `clocks` and `readings` are filled as they greet and end.
    """

    hosts: Sequence[LoadHost]
    shares: Sequence[Sequence[LoadSpecification]]
    commands: list[list[str]]
    numbers: Sequence[int]
    clocks: list[HostClock] = field(default_factory=list)
    readings: list[HostReading] = field(default_factory=list)
    # How long before their start they are told it.
    lead_s: ClassVar[float] = LEAD_S

    @property
    def pids(self) -> list[int]:
        """Their numbers on this host: there are none."""
        return []

    def await_ready(self) -> None:
        """Wait until each has loaded its payloads and said so; then its host's clock is read."""
        for host, number in zip(self.hosts, self.numbers, strict=True):
            while host.hear(READY_S).get(READY) != number:
                pass
        # Before the greeting: after it, each round trip is idle time of the server's connections.
        self.clocks.extend(host.read_clock() for host in self.hosts)

    def begin_greeting(self) -> None:
        """Let each greet on all its connections."""
        for host in self.hosts:
            host.say(Ask.GREET)

    def end_greeting(self) -> list[int | None]:
        """How many connections of each had an answer, None where that is not told."""
        patience_s = GREETING_S + GREETING_GRACE_S + ANSWER_S
        return [count for host in self.hosts for count in host.hear(patience_s)["greeted"]]

    def release(self, start_ns: int) -> None:
        """Tell each its start, which is given on our clock, on its own."""
        for host, clock in zip(self.hosts, self.clocks, strict=True):
            host.say(Ask.START, start_ns=clock.there_ns(start_ns))

    def collect(self, deadline_s: float) -> list[LoadResult]:
        """What each process counted, once all have ended; raises ServebenchError where one fails or does not end."""
        for host, clock, share in zip(self.hosts, self.clocks, self.shares, strict=True):
            report = WindowReport.from_dict(host.hear(max(0.0, deadline_s - time.monotonic()) + ANSWER_S))
            connections = sum(specification.users for specification in share)
            self.readings.append(
                HostReading(host.name, report.results, connections, report.run_queue_share, report.link, clock)
            )
        return [result for reading in self.readings for result in reading.results]


def start_on_hosts(
    hosts: Sequence[LoadHost], kind: GeneratorKind, folder: Path, shares: Sequence[Sequence[LoadSpecification]]
) -> HostsProcesses:
    """Let each host start its processes; those that no connection is left for stay idle."""
    loaded = list(zip(hosts, shares, strict=False))
    numbers = [next(host.numbers) for host, _ in loaded]
    for (host, share), number in zip(loaded, numbers, strict=True):
        host.say(Ask.LOAD, **LoadOrder(number, kind, str(folder.resolve()), list(share)).as_dict())
    commands = [[*host.agent.args] for host, share in loaded for _ in share]  # type: ignore[misc]
    return HostsProcesses([host for host, _ in loaded], shares, commands, numbers)


@contextmanager
def held_hosts(network: LoadNetwork, holder: str) -> Iterator[list[LoadHost]]:
    """Start an agent on each host and hold the host's machine lock; all ends with the block.

    Raises ServebenchError where a host cannot be reached.
    """
    names = network.hosts
    if not names:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="servebench-hosts-") as folder, ProcessGroups() as groups:
        logs = [Path(folder) / f"{name}.log" for name in names]
        agents = [_start(groups, network.command, name, log) for name, log in zip(names, logs, strict=True)]
        try:
            held = {}
            # In one order for all studies: two that want the same hosts do not wait for each other.
            for name, agent, log in sorted(zip(names, agents, logs, strict=True), key=lambda one: one[0]):
                held[name] = _hold(name, agent, log, holder)
            yield [held[name] for name in names]
        finally:
            for agent in agents:
                _end(agent)


def agent_command(command: Sequence[str], host: str) -> list[str]:
    """How the agent is started on a host; raises ServebenchError where a remote shell would read it otherwise."""
    words = ["env", f"PYTHONPATH={REPOSITORY / 'workflow'}", sys.executable, "-m", AGENT]
    for word in words:
        # ssh gives the words to a shell there, which these pass unchanged.
        if shlex.quote(word) != word:
            raise ServebenchError(f"load_hosts: '{word}' would not pass a shell unchanged: move the checkout elsewhere")
    return [*(word.replace(HOST_PLACE, host) for word in command), *words]


def _start(groups: ProcessGroups, command: Sequence[str], host: str, log: Path) -> subprocess.Popen[bytes]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with log.open("wb") as stream:
        try:
            return groups.start(agent_command(command, host), None, dict(os.environ), stream, **pipes)
        except OSError as error:
            raise ServebenchError(
                f"load host {host}: {command[0]} cannot be started ({error.strerror}): mend load_host_command"
            ) from None


def _hold(name: str, agent: subprocess.Popen[bytes], log: Path, holder: str) -> LoadHost:
    _say(agent, Ask.HOLD, holder=holder, pid=os.getpid())
    return LoadHost(name, agent, log, HostFacts(**_hear(name, agent, log, REACH_S + PATIENCE_S)))


def _end(agent: subprocess.Popen[bytes]) -> None:
    """Close an agent's input, at which it ends its processes, and wait for it; the groups end one that does not."""
    assert agent.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        agent.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        agent.wait(ANSWER_S)


def _say(agent: subprocess.Popen[bytes], ask: Ask, **more: Any) -> None:
    assert agent.stdin is not None
    # Of one that has ended its last words tell more: they are heard next.
    with contextlib.suppress(BrokenPipeError):
        agent.stdin.write(to_line({ASK: ask, **more}))
        agent.stdin.flush()


def _hear(name: str, agent: subprocess.Popen[bytes], log: Path, patience_s: float) -> dict[str, Any]:
    assert agent.stdout is not None
    said, _, _ = select.select([agent.stdout], [], [], patience_s)
    if not said:
        raise ServebenchError(f"load host {name}: no answer within {patience_s:.0f} s: is it reachable, and idle?")
    line = agent.stdout.readline()
    try:
        answer = json.loads(line)
    except ValueError:
        # Nothing at its end; a login that greets its user prints something else.
        raise _ended(name, agent, log) if not line else _no_answer(name, line) from None
    if not isinstance(answer, dict):
        raise _no_answer(name, line)
    if ERROR in answer:
        raise ServebenchError(f"load host {name}: {answer[ERROR]}")
    return answer


def _ended(name: str, agent: subprocess.Popen[bytes], log: Path) -> ServebenchError:
    with contextlib.suppress(subprocess.TimeoutExpired):
        agent.wait(ANSWER_S)
    words = shlex.join(agent.args)  # type: ignore[arg-type]
    return ServebenchError(f"load host {name}: its agent ended ({last_line(log)}): try `{words} < /dev/null`")


def _no_answer(name: str, line: bytes) -> ServebenchError:
    said = line.decode(errors="replace").strip()[:100]
    return ServebenchError(f"load host {name} says '{said}' where its agent should answer: keep its login silent")
