"""The measured window: samples each second, exact readings at both ends, what is slow to read before and after."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from servebench.cgroup import Throttling, read_throttling
from servebench.load_hosts.link import LinkReading, LinkUse, read_link, speed_of, use_between
from servebench.trial.cpu_times import CpuStat, read_cpu_stat
from servebench.trial.listen_queue import read_listen_queue
from servebench.trial.memory import Memory, read_memory, read_memory_before
from servebench.trial.meter import CpuReading, ResourceSample
from servebench.trial.meters import Meter
from servebench.trial.threads import ThreadReadings, read_threads
from servebench.trial.tree import tree_of

SAMPLE_EVERY_S = 1.0
# How long after a second's end what the generator says of it has come.
LISTEN_AFTER_S = 0.1
# How long before the window memory has been read.
MEMORY_MARGIN_S = 0.2
# The waits are read so long before both ends, the CPU exactly at them.
EDGE_MARGIN_S = 0.02
# In steps of this the harness looks whether it was stopped; a step costs it some microseconds.
STEP_S = 0.1


class CampaignEnded(Exception):
    """The process that asked for this trial is gone."""


@dataclass(frozen=True)
class Subject:
    """Who is watched: the server by its meter and its port, and the generator's processes, if they are on this host.

    `link` is the interface by which load hosts reach it, if they do.
    """

    meter: Meter
    port: int | None
    generator: Sequence[int]
    is_alive: Callable[[], bool]
    link: str | None = None


@dataclass(frozen=True)
class Waits:
    """What tells who waited, so far; None where the system does not tell."""

    at_s: float
    server: ThreadReadings | None
    generator: ThreadReadings | None
    throttling: Mapping[Path, Throttling]
    listen_queue: int | None
    link: LinkReading | None = None


@dataclass(frozen=True)
class Edge:
    """CPU so far, at one end of the window: of the server, the machine and this process.

    The server's is None when it was gone, or is not metered.
    """

    server: CpuReading | None
    stat: CpuStat | None
    meter_cpu_s: float


@dataclass(frozen=True)
class WindowReading:
    """The readings at both ends and the samples between; the memory is of just before and just after.

    `late_s` is how late the harness woke at most.
    """

    first: Edge
    last: Edge
    waits_first: Waits
    waits_last: Waits
    memory_first: Memory
    memory_last: Memory
    samples: list[ResourceSample]
    died_after_s: float | None
    duration_s: float
    late_s: float = 0.0

    @property
    def server_cpu_s(self) -> float | None:
        """CPU seconds that the server used; None when it died, or is not metered."""
        if self.first.server is None or self.last.server is None:
            return None
        return self.last.server.cpu_s - self.first.server.cpu_s

    @property
    def server_system_cpu_s(self) -> float | None:
        """What of it the kernel used for the server, in ticks of 10 ms; None when it died."""
        if self.first.server is None or self.last.server is None:
            return None
        return self.last.server.system_cpu_s - self.first.server.system_cpu_s

    @property
    def server_major_faults(self) -> int | None:
        """How often the server waited for a page from a disk; None when it died, or where it is not told."""
        readings = [self.first.server, self.last.server]
        first, last = (None if reading is None else reading.major_faults for reading in readings)
        return None if first is None or last is None else last - first

    @property
    def elapsed_s(self) -> float | None:
        """Seconds between the readings of the server's CPU; None when it died."""
        if self.first.server is None or self.last.server is None:
            return None
        return self.last.server.at_s - self.first.server.at_s

    @property
    def cpu_mean_cores(self) -> float | None:
        """Mean CPU over the window, by exact accounting."""
        if self.server_cpu_s is None or self.elapsed_s is None:
            return None
        return self.server_cpu_s / self.elapsed_s

    @property
    def cpu_peak_cores(self) -> float | None:
        """The largest mean over one second."""
        pairs = zip(self.samples, self.samples[1:], strict=False)
        rates = [(b.cpu_s - a.cpu_s) / (b.at_s - a.at_s) for a, b in pairs if b.at_s > a.at_s]
        return max(rates, default=None)

    @property
    def machine_busy_cores(self) -> float | None:
        """CPU of everything that ran on the machine, interrupts included; None where it is not told."""
        if self.first.stat is None or self.last.stat is None:
            return None
        spent = self.last.stat.machine - self.first.stat.machine
        return (spent.busy_s + spent.interrupts_s) / self.duration_s

    @property
    def steal_cores(self) -> float | None:
        """CPU that the hypervisor took; None where it is not told."""
        if self.first.stat is None or self.last.stat is None:
            return None
        return (self.last.stat.machine - self.first.stat.machine).steal_s / self.duration_s

    @property
    def link(self) -> LinkUse | None:
        """What went over the interface by which load hosts reach the server; None without one."""
        first, last = self.waits_first.link, self.waits_last.link
        return use_between(first, last, None if last is None else speed_of(last.interface))

    @property
    def meter_cpu_cores(self) -> float:
        """CPU of this process, by its own clock."""
        return (self.last.meter_cpu_s - self.first.meter_cpu_s) / self.duration_s


def observe(
    subject: Subject, start_s: float, duration_s: float, owner: int | None, listen: Callable[[], None] | None = None
) -> WindowReading:
    """Watch a server from `start_s` (monotonic) for `duration_s`; raises CampaignEnded without its owner.

    `listen` is called a little after each second but the last.
    """
    memory_first = read_memory_before(subject.meter.pids(), start_s, MEMORY_MARGIN_S)
    quotas = subject.meter.quotas()
    clock = _Clock(start_s)
    clock.sleep_until(start_s - EDGE_MARGIN_S)
    waits_first = _read_waits(subject, quotas)
    clock.sleep_until(start_s)
    first = _read_edge(subject)
    watch = _Watch(subject, owner, start_s)
    end_s = start_s + duration_s
    for tick in range(math.ceil(duration_s / SAMPLE_EVERY_S)):
        clock.sleep_until(start_s + tick * SAMPLE_EVERY_S)
        watch.sample()
        listen_s = start_s + tick * SAMPLE_EVERY_S + LISTEN_AFTER_S
        if listen is not None and tick > 0 and listen_s < end_s - EDGE_MARGIN_S:
            # In the steps in which it sleeps anyway.
            clock.sleep_until(listen_s)
            listen()
    # The load still runs, and its processes are there.
    clock.sleep_until(end_s - EDGE_MARGIN_S)
    waits_last = _read_waits(subject, quotas)
    clock.sleep_until(end_s)
    last = _read_edge(subject)
    if duration_s % SAMPLE_EVERY_S == 0:
        watch.sample()
    memory_last = read_memory(subject.meter.pids())
    return WindowReading(
        first,
        last,
        waits_first,
        waits_last,
        memory_first,
        memory_last,
        watch.samples,
        watch.died_after_s,
        duration_s,
        clock.late_s,
    )


@dataclass
class _Watch:
    """Takes the samples of a window, and notes when the server died."""

    subject: Subject
    owner: int | None
    start_s: float
    samples: list[ResourceSample] = field(default_factory=list)
    died_after_s: float | None = None

    def sample(self) -> None:
        ensure_owner(self.owner)
        if self.died_after_s is None and not self.subject.is_alive():
            self.died_after_s = time.monotonic() - self.start_s
        reading = self.subject.meter.sample() if self.died_after_s is None else None
        if reading is not None:
            self.samples.append(reading)


def _read_edge(subject: Subject) -> Edge:
    meter_cpu_s = time.process_time()
    stat = read_cpu_stat()
    return Edge(subject.meter.read_cpu() if subject.is_alive() else None, stat, meter_cpu_s)


def _read_waits(subject: Subject, quotas: Sequence[Path]) -> Waits:
    at_s = time.monotonic()
    generator = [pid for first in subject.generator for pid in tree_of(first)]
    return Waits(
        at_s,
        read_threads(subject.meter.pids()),
        read_threads(generator),
        read_throttling(quotas),
        None if subject.port is None else read_listen_queue(subject.port),
        read_link(subject.link),
    )


def ensure_owner(owner: int | None) -> None:
    """Raise CampaignEnded where the process that asked for the trial is gone."""
    if owner is not None and not _exists(owner):
        raise CampaignEnded


@dataclass
class _Clock:
    """Sleeps in short steps, and notes how late it woke at most since the window's start.

    Who is stopped and goes on sees it by nothing else than the time that is gone.
    """

    last_s: float
    late_s: float = 0.0

    def sleep_until(self, at_s: float) -> None:
        while (left_s := at_s - time.monotonic()) > 0:
            time.sleep(min(left_s, STEP_S))
            self._look()
        self._look()

    def _look(self) -> None:
        now_s = time.monotonic()
        self.late_s = max(self.late_s, now_s - self.last_s - STEP_S)
        self.last_s = max(self.last_s, now_s)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
