"""One run of a generator against one server, with both sides' CPU: what every calibration is made of."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servebench.answers import GOLDEN_STEP
from servebench.calibrate.edge import ProcessReading, cores_between, read_process, waited_share
from servebench.calibrate.servers import CalibrationServer
from servebench.config import GeneratorDefinition
from servebench.files import scratch_folder
from servebench.generator.protocol import LoadResult
from servebench.histogram import histogram_of, percentiles_ms
from servebench.known import known
from servebench.load_hosts.host import LoadHost
from servebench.load_point import DrivenPoint
from servebench.machine import Placement, can_pin, place, read_topology
from servebench.paths import CACHE
from servebench.protocol.description import SERVEBENCH, load_protocol
from servebench.protocol.wire import whole_answer, wire_facts, write_wire
from servebench.trial.generator_processes import GeneratorProcesses, start_load
from servebench.trial.load_shares import Load
from servebench.trial.machine_lock import machine_lock
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST

WARMUP_S = 0.3
TIMEOUT_S = 10.0
EDGE_BEFORE_S = 0.01
# What the null and the delay server answer to everything.
CONSTANT_ANSWER = '{"prediction":0}'


@dataclass(frozen=True)
class BuiltGenerator:
    """A generator as it is used in a calibration: always on one CPU."""

    name: str
    definition: GeneratorDefinition
    folder: Path


@dataclass(frozen=True)
class Site:
    """Where a calibration runs: the machine's lock is held, `groups` end with it.

    Servers listen on `server_host`; `hosts` send the load instead of this machine, if there are any.
    """

    groups: ProcessGroups
    server_cpus: tuple[int, ...] | None
    generator_cpus: tuple[int, ...] | None
    is_shared: bool
    scratch: Path
    server_host: str = HOST
    hosts: Sequence[LoadHost] = ()


@dataclass(frozen=True)
class Run:
    """What the generator counted in its window, and the CPU that both sides used, in cores.

    `generator_cores` is the generator's busiest thread's. `waited_share` is the share of the window in which the
    generator or the server, whichever more, waited for a CPU that others had; None where the system does not tell.
    """

    load: LoadResult
    window_s: float
    generator_cores: float
    server_cores: float
    waited_share: float | None = None

    @property
    def throughput_rps(self) -> float:
        """Good answers a second."""
        return self.load.requests / self.window_s

    @property
    def latency_p50_ms(self) -> float | None:
        """The median latency of good answers."""
        return percentiles_ms(histogram_of(self.load.latencies_ns), [50.0], self.load.latency_max_ns)[0]

    @property
    def cpu_us_per_request(self) -> float:
        """The generator's CPU microseconds per request."""
        return self.generator_cores / self.throughput_rps * 1e6


@contextmanager
def calibration_site(what: str) -> Iterator[Site]:
    """Hold the machine: one CPU for the server, one for the generator, as far as there are two."""
    placement: Placement = place(read_topology(), None, False, can_pin())
    pinned = placement.is_pinned
    with tempfile.TemporaryDirectory(dir=scratch_folder(CACHE)) as name, machine_lock(what), ProcessGroups() as groups:
        yield Site(
            groups,
            placement.server[-1:] if pinned else None,
            placement.generator[:1] if pinned else None,
            placement.is_shared,
            Path(name),
        )


def constant_wire(payloads: Path, folder: Path) -> Path:
    """A wire whose golden answers are what the calibration's servers say; the payloads stay a study's own."""
    facts = wire_facts(SERVEBENCH, load_protocol(SERVEBENCH), 1)
    bodies = payloads.read_text(encoding="utf-8").splitlines()
    write_wire(folder, facts, bodies, [whole_answer(CONSTANT_ANSWER)] * len(bodies[::GOLDEN_STEP]))
    return folder


@dataclass(frozen=True)
class Task:
    """What a generator does in a run."""

    generator: BuiltGenerator
    point: DrivenPoint
    think_time_s: float = 0.0


def drive(
    site: Site,
    generator: BuiltGenerator,
    wire: Path,
    server: CalibrationServer,
    point: DrivenPoint,
    duration_s: float,
    during: Callable[[], None] | None = None,
    warmup_s: float = WARMUP_S,
) -> Run:
    """Run one generator; raises ServebenchError where it fails.

    `during` is called when the window starts and must come back before it ends.
    """
    return drive_in_turn(site, [Task(generator, point)], wire, server, duration_s, during, warmup_s)[0]


def drive_in_turn(
    site: Site,
    tasks: Sequence[Task],
    wire: Path,
    server: CalibrationServer,
    duration_s: float,
    during: Callable[[], None] | None = None,
    warmup_s: float = WARMUP_S,
) -> list[Run]:
    """Run generators one right after the other, all on the generator's CPU; they are started before the first run."""
    with tempfile.TemporaryDirectory(dir=site.scratch) as name:
        loads = [_load(site, task, wire, warmup_s, duration_s) for task in tasks]
        scratches = [Path(name) / str(number) for number in range(len(tasks))]
        started = [
            start_load(site.groups, load, server.address, scratch, scratch.with_suffix(".log"), site.hosts)
            for load, scratch in zip(loads, scratches, strict=True)
        ]
        for processes in started:
            processes.await_ready()
        return [_run(processes, server, duration_s, during) for processes in started]


def _run(
    processes: GeneratorProcesses, server: CalibrationServer, duration_s: float, during: Callable[[], None] | None
) -> Run:
    """Warm up and measure once."""
    pids = [server.pid, *processes.processes.pids]

    def watch(start_s: float) -> list[tuple[ProcessReading, ProcessReading]]:
        time.sleep(max(0.0, start_s - time.monotonic()))
        first = [read_process(pid) for pid in pids]
        if during is not None:
            during()
        # A generator that ends at once is gone afterwards: its last edge lies a little before the window's.
        time.sleep(max(0.0, start_s + duration_s - EDGE_BEFORE_S - time.monotonic()))
        return list(zip(first, [read_process(pid) for pid in pids], strict=True))

    measurement = processes.measure(watch)
    counted, window_s, edges = measurement.counted, measurement.window_s, measurement.watched
    waited = known([*(waited_share(*pair) for pair in edges), *(host.run_queue_share for host in measurement.hosts)])
    return Run(
        counted,
        window_s,
        counted.busiest_cpu_s / window_s,
        cores_between(*edges[0]) or 0.0,
        max(waited, default=None),
    )


def _load(site: Site, task: Task, wire: Path, warmup_s: float, duration_s: float) -> Load:
    return Load(
        generator=task.generator.definition,
        generator_folder=task.generator.folder,
        wire=wire,
        point=task.point,
        cpus=site.generator_cpus,
        cpu_count=1,
        is_shared=site.is_shared,
        seed=1,
        warmup_s=warmup_s,
        duration_s=duration_s,
        timeout_s=TIMEOUT_S,
        think_time_s=task.think_time_s,
    )
