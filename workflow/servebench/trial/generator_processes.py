"""The generator's processes, on this host or on others: started with what to send, let go together, collected."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from servebench.address import Address
from servebench.cgroup import cpu_quota
from servebench.generator.merge import merge_results
from servebench.generator.protocol import LoadResult
from servebench.generator.told_second import ToldSecond
from servebench.known import sum_if_known
from servebench.load_hosts.host import HostReading, HostsProcesses, LoadHost, start_on_hosts
from servebench.trial.load_shares import HostSeat, Load, share_out
from servebench.trial.local_processes import LocalProcesses, start_processes
from servebench.trial.processes import ProcessGroups

FINISH_GRACE_S = 30.0

Watched = TypeVar("Watched")


@dataclass(frozen=True)
class Measurement(Generic[Watched]):
    """One window: what each process counted, the sum of it, and what was watched meanwhile.

    `hosts` are the load hosts' own readings; empty where this host sent the load.
    """

    results: list[LoadResult]
    counted: LoadResult
    window_s: float
    window_start_s: float
    watched: Watched
    hosts: list[HostReading] = field(default_factory=list)


@dataclass(frozen=True)
class GeneratorProcesses:
    """Generator processes that load their payloads and then wait for their start, all on one kind of place."""

    load: Load
    processes: LocalProcesses | HostsProcesses

    def await_ready(self) -> None:
        """Wait until each has loaded its payloads and said so."""
        self.processes.await_ready()

    def told_seconds(self) -> list[ToldSecond]:
        """What the processes of this host have said of their window since they were asked before."""
        return self.processes.told_seconds() if isinstance(self.processes, LocalProcesses) else []

    def measure(self, watch: Callable[[float], Watched]) -> Measurement[Watched]:
        """Let them greet the server, let all go together, `watch` from the window's start (monotonic), collect.

        Raises ServebenchError where one fails.
        """
        self.processes.begin_greeting()
        greeted = sum_if_known(self.processes.end_greeting())
        start_s = time.monotonic() + self.processes.lead_s
        self.processes.release(int(start_s * 1e9))
        window_start_s = start_s + self.load.warmup_s
        watched = watch(window_start_s)
        results = self.processes.collect(window_start_s + self.load.duration_s + self.load.timeout_s + FINISH_GRACE_S)
        connections = self.load.point.connections(self.load.generator.connections)
        counted = replace(merge_results(results), connections=connections, connections_greeted=greeted)
        hosts = self.processes.readings if isinstance(self.processes, HostsProcesses) else []
        return Measurement(results, counted, counted.window_s or self.load.duration_s, window_start_s, watched, hosts)


def may_spin(cpus: tuple[int, ...] | None, is_shared: bool) -> bool:
    """Whether what sends load may wait without sleep: only on CPUs of its own, and under no quota, which it uses up."""
    return cpus is not None and not is_shared and cpu_quota() is None


def start_load(
    groups: ProcessGroups,
    load: Load,
    address: Address,
    scratch: Path,
    log: Path,
    hosts: Sequence[LoadHost] = (),
) -> GeneratorProcesses:
    """Start the generator's processes, here or on load hosts; they load payloads and wait.

    `scratch` is made here, and goes with the results.
    """
    if hosts:
        shares = share_out(load, address, [host.seat for host in hosts])
        return GeneratorProcesses(load, start_on_hosts(hosts, load.generator.kind, load.generator_folder, shares))
    shares = share_out(load, address, [HostSeat(load.cpu_count, may_spin(load.cpus, load.is_shared))])
    kind, folder = load.generator.kind, load.generator_folder
    return GeneratorProcesses(load, start_processes(groups, kind, folder, shares[0], load.cpus, scratch, log))
