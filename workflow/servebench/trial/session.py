"""A trial's session: a running server and the generator that loads it, by probes and by the measured window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from servebench.address import Address
from servebench.generator.protocol import LoadResult
from servebench.load_hosts.host import LoadHost
from servebench.load_hosts.link import interface_of
from servebench.load_point import DrivenPoint
from servebench.paths import GENERATOR_LOG
from servebench.trial.endpoint import RunningEndpoint
from servebench.trial.generator_processes import GeneratorProcesses, Measurement, Watched, start_load
from servebench.trial.load_shares import Load
from servebench.trial.meter import affinity_of
from servebench.trial.onlooker import Onlooker, SecondSums
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import RunningServer
from servebench.trial.window import Subject, WindowReading, ensure_owner, observe

PROBE_WARMUP_S = 0.3
# The folder of the generator's processes, while they run.
LOAD = "load"


@dataclass(frozen=True)
class Window:
    """What one measured window brought, and where its generator ran."""

    measurement: Measurement[WindowReading]
    command: list[str]
    processes: int
    generator_affinity: list[int] | None


@dataclass(frozen=True)
class Loader:
    """Starts the trial's generator against the server's address; `load` says what is sent at a load point.

    `hosts` send it instead of this machine, if there are any.
    """

    groups: ProcessGroups
    load: Callable[[DrivenPoint], Load]
    address: Address
    scratch: Path
    hosts: Sequence[LoadHost] = ()

    def start(self, point: DrivenPoint) -> GeneratorProcesses:
        """Start it for a window at `point`; it gets ready and waits."""
        return self._start(self.load(point))

    def start_probe(self, point: DrivenPoint, duration_s: float) -> GeneratorProcesses:
        """Start it for a short run at `point`, without think time."""
        probe = replace(self.load(point), warmup_s=PROBE_WARMUP_S, duration_s=duration_s, think_time_s=0.0)
        return self._start(probe)

    def _start(self, load: Load) -> GeneratorProcesses:
        scratch, log = self.scratch / LOAD, self.scratch / GENERATOR_LOG
        return start_load(self.groups, load, self.address, scratch, log, self.hosts)


@dataclass(frozen=True)
class Session:
    """A server that has passed its golden answers; `owner` is the process that must stay alive meanwhile.

    `onlooker` is told of its window, if anybody looks.
    """

    server: RunningServer | RunningEndpoint
    loader: Loader
    owner: int | None
    onlooker: Onlooker | None = None

    def probe(self, point: DrivenPoint, duration_s: float) -> LoadResult:
        """Load for a while, and count only."""
        return self.watched_probe(point, duration_s, lambda _: None).counted

    def watched_probe(
        self, point: DrivenPoint, duration_s: float, watch: Callable[[float], Watched]
    ) -> Measurement[Watched]:
        """Load for a while; `watch` is given the window's start (monotonic) as the load begins."""
        ensure_owner(self.owner)
        processes = self.loader.start_probe(point, duration_s)
        processes.await_ready()
        return processes.measure(watch)

    def window(self, waiting: GeneratorProcesses) -> Window:
        """Warm up and measure once, with the server metered."""
        waiting.await_ready()
        pids, commands = waiting.processes.pids, waiting.processes.commands
        affinity = affinity_of(pids[0]) if pids else None
        duration_s = waiting.load.duration_s
        address = self.server.address
        port = address.port if address.is_loopback or isinstance(self.server, RunningServer) else None
        link = interface_of(address.host) if self.loader.hosts else None
        subject = Subject(self.server.meter, port, pids, self.server.is_alive, link)

        def watch(start_s: float) -> WindowReading:
            if self.onlooker is None:
                return observe(subject, start_s, duration_s, self.owner)
            self.onlooker.window_begins(start_s, duration_s)
            return observe(subject, start_s, duration_s, self.owner, _listener(self.onlooker, waiting))

        measurement = waiting.measure(watch)
        return Window(measurement, commands[0], len(commands), affinity)


def _listener(onlooker: Onlooker, processes: GeneratorProcesses) -> Callable[[], None]:
    """What passes on what the generator says of its window."""
    sums = SecondSums(len(processes.processes.commands))

    def listen() -> None:
        second = sums.after(processes.told_seconds())
        if second is not None:
            onlooker.second_passed(second)

    return listen
