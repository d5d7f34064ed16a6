"""Load hosts as the harness holds them: each by its agent, which starts, releases and collects processes there."""

import itertools
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from servebench.generator.protocol import GREETING_S, LoadResult, LoadSpecification
from servebench.load_hosts.agent_process import ANSWER_S, AgentProcess, start_agent
from servebench.load_hosts.clock import HostClock, Ping
from servebench.load_hosts.link import LinkUse
from servebench.load_hosts.network import LoadNetwork
from servebench.load_hosts.protocol import READY, Ask, HostFacts, LoadOrder, WindowReport
from servebench.trial.load_shares import HostSeat
from servebench.trial.local_processes import GREETING_GRACE_S, READY_S
from servebench.trial.machine_lock import PATIENCE_S
from servebench.trial.processes import ProcessGroups
from servebench.words import GeneratorKind

# Long before a start, so that the word of it has come through.
LEAD_S = 0.5
PINGS = 5
# How long a connection may take.
REACH_S = 30.0


@dataclass(frozen=True)
class LoadHost:
    """A load host whose machine lock is held: its agent's process, and what the agent says of the host."""

    agent: AgentProcess
    facts: HostFacts
    # The numbers of its loads: one that was given up may still say that it is ready.
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def name(self) -> str:
        """As the config names it."""
        return self.agent.host

    @property
    def seat(self) -> HostSeat:
        """What it has for the generator: no server is there, so that only a quota forbids to spin."""
        return HostSeat(len(self.facts.cpus), not self.facts.has_quota)

    def read_clock(self) -> HostClock:
        """Where its clock stands against ours, by some pings."""
        return HostClock.of([self._ping() for _ in range(PINGS)])

    def _ping(self) -> Ping:
        sent_ns = time.monotonic_ns()
        self.agent.say(Ask.PING)
        told = self.agent.hear(ANSWER_S)
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
            while host.agent.hear(READY_S).get(READY) != number:
                pass
        # Before the greeting: after it, each round trip is idle time of the server's connections.
        self.clocks.extend(host.read_clock() for host in self.hosts)

    def begin_greeting(self) -> None:
        """Let each greet on all its connections."""
        for host in self.hosts:
            host.agent.say(Ask.GREET)

    def end_greeting(self) -> list[int | None]:
        """How many connections of each had an answer, None where that is not told."""
        patience_s = GREETING_S + GREETING_GRACE_S + ANSWER_S
        return [count for host in self.hosts for count in host.agent.hear(patience_s)["greeted"]]

    def release(self, start_ns: int) -> None:
        """Tell each its start, which is given on our clock, on its own."""
        for host, clock in zip(self.hosts, self.clocks, strict=True):
            host.agent.say(Ask.START, start_ns=clock.there_ns(start_ns))

    def collect(self, deadline_s: float) -> list[LoadResult]:
        """What each process counted, once all have ended; raises ServebenchError where one fails or does not end."""
        for host, clock, share in zip(self.hosts, self.clocks, self.shares, strict=True):
            report = WindowReport.from_dict(host.agent.hear(max(0.0, deadline_s - time.monotonic()) + ANSWER_S))
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
        host.agent.say(Ask.LOAD, **LoadOrder(number, kind, str(folder.resolve()), list(share)).as_dict())
    commands = [host.agent.command for host, share in loaded for _ in share]
    return HostsProcesses([host for host, _ in loaded], shares, commands, numbers)


@contextmanager
def held_hosts(network: LoadNetwork, holder: str) -> Iterator[list[LoadHost]]:
    """Start an agent on each host and hold the host's machine lock; all ends with the block.

    Raises ServebenchError where a host cannot be reached.
    """
    if not network.hosts:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="servebench-hosts-") as folder, ProcessGroups() as groups:
        agents = [start_agent(groups, network.command, name, Path(folder) / f"{name}.log") for name in network.hosts]
        try:
            # In one order for all studies: two that want the same hosts do not wait for each other.
            held = {agent.host: _hold(agent, holder) for agent in sorted(agents, key=lambda agent: agent.host)}
            yield [held[name] for name in network.hosts]
        finally:
            for agent in agents:
                agent.end()


def _hold(agent: AgentProcess, holder: str) -> LoadHost:
    agent.say(Ask.HOLD, holder=holder, pid=os.getpid())
    return LoadHost(agent, HostFacts(**agent.hear(REACH_S + PATIENCE_S)))
