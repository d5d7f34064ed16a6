"""The generator's processes: started with what to send, let go together, collected."""

import select
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from servebench.address import Address
from servebench.cgroup import cpu_quota
from servebench.config import GeneratorDefinition
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.generator.merge import merge_results
from servebench.generator.protocol import (
    GREET,
    GREETED,
    GREETING_S,
    RAMP_MOST_S,
    RAMP_SHARE,
    LoadResult,
    LoadSpecification,
)
from servebench.generator.registry import GENERATORS, Seat
from servebench.known import sum_if_known
from servebench.load_point import DrivenPoint
from servebench.paths import REPOSITORY
from servebench.protocol.wire import Wire
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import last_line, server_environment

RELEASE_DELAY_S = 0.05
FINISH_GRACE_S = 30.0
# How long a process may take to load its payloads, and how much longer than they may the greetings take.
READY_S = 60.0
GREETING_GRACE_S = 5.0

Watched = TypeVar("Watched")


@dataclass(frozen=True)
class Load:
    """What one generator is to send: which kind, what from which wire's folder, how much and for how long.

    `cpus` pins its processes; None leaves them to the kernel. `cpu_count` is how many CPUs it has then, `is_shared`
    whether the server may run on them too.
    """

    generator: GeneratorDefinition
    generator_folder: Path
    wire: Path
    point: DrivenPoint
    cpus: tuple[int, ...] | None
    cpu_count: int
    is_shared: bool
    seed: int
    warmup_s: float
    duration_s: float
    timeout_s: float
    think_time_s: float = 0.0


@dataclass(frozen=True)
class Measurement(Generic[Watched]):
    """One window: what each process counted, the sum of it, and what was watched meanwhile."""

    results: list[LoadResult]
    counted: LoadResult
    window_s: float
    window_start_s: float
    watched: Watched


@dataclass(frozen=True)
class GeneratorProcesses:
    """Generator processes that load their payloads and then wait for their start; `scratch` is theirs alone."""

    load: Load
    processes: list[subprocess.Popen[bytes]]
    results: list[Path]
    commands: list[list[str]]
    scratch: Path
    log: Path

    def await_ready(self) -> None:
        """Wait until each has loaded its payloads and said so."""
        deadline_s = time.monotonic() + READY_S
        for process in self.processes:
            if _line(process, deadline_s) != "ready":
                raise ServebenchError(f"the generator did not start: {last_line(self.log)}; see {self.log}")

    def measure(self, watch: Callable[[float], Watched]) -> Measurement[Watched]:
        """Let them greet the server, let all go together, `watch` from the window's start (monotonic), collect.

        Raises ServebenchError where one fails.
        """
        greeted = self._greet()
        start_s = time.monotonic() + RELEASE_DELAY_S
        self._release(start_s)
        window_start_s = start_s + self.load.warmup_s
        watched = watch(window_start_s)
        results = self._collect(window_start_s + self.load.duration_s + self.load.timeout_s + FINISH_GRACE_S)
        connections = self.load.point.connections(self.load.generator.connections)
        counted = replace(merge_results(results), connections=connections, connections_greeted=greeted)
        return Measurement(results, counted, counted.window_s or self.load.duration_s, window_start_s, watched)

    def _greet(self) -> int | None:
        """Let each greet on all its connections; how many had an answer, None where that is not told."""
        self._tell(GREET)
        deadline_s = time.monotonic() + GREETING_S + GREETING_GRACE_S
        greeted = []
        for process in self.processes:
            word, _, count = _line(process, deadline_s).partition(" ")
            if word != GREETED:
                raise ServebenchError(f"the generator did not greet: {last_line(self.log)}; see {self.log}")
            greeted.append(int(count) if count.isdigit() else None)
        return sum_if_known(greeted)

    def _release(self, start_s: float) -> None:
        self._tell(f"{int(start_s * 1e9)}")

    def _tell(self, line: str) -> None:
        for process in self.processes:
            assert process.stdin is not None
            try:
                process.stdin.write(f"{line}\n".encode())
                process.stdin.flush()
            except BrokenPipeError:
                raise ServebenchError(f"the generator ended early: {last_line(self.log)}; see {self.log}") from None

    def _collect(self, deadline_s: float) -> list[LoadResult]:
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


def _line(process: subprocess.Popen[bytes], deadline_s: float) -> str:
    """The next line that a process says; empty where it ends, or says nothing until then (monotonic)."""
    assert process.stdout is not None
    said, _, _ = select.select([process.stdout], [], [], max(0.0, deadline_s - time.monotonic()))
    return process.stdout.readline().decode().strip() if said else ""


def may_spin(cpus: tuple[int, ...] | None, is_shared: bool) -> bool:
    """Whether what sends load may wait without sleep: only on CPUs of its own, and under no quota, which it uses up."""
    return cpus is not None and not is_shared and cpu_quota() is None


def split_users(users: int, processes: int) -> list[int]:
    """Users a process, as even as can be, none without a user."""
    count = min(users, processes)
    return [users // count + (index < users % count) for index in range(count)]


def start_load(groups: ProcessGroups, load: Load, address: Address, scratch: Path, log: Path) -> GeneratorProcesses:
    """Start the generator's processes; they load payloads and wait. `scratch` is made, and goes with the results."""
    generator = GENERATORS[load.generator.kind]
    scratch.mkdir()
    environment = server_environment(1) | {"PYTHONPATH": str(REPOSITORY / "workflow"), "PYTHONUNBUFFERED": "1"}
    processes, results, commands = [], [], []
    for index, specification in enumerate(_specifications(load, address, scratch)):
        path = scratch / f"specification-{index}.json"
        write_json(path, specification.as_dict())
        command = generator.command(load.generator_folder, str(path))
        with log.open("ab") as stream:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            processes.append(groups.start(command, load.cpus, environment, stream, **pipes))
        results.append(Path(specification.result))
        commands.append(command)
    return GeneratorProcesses(load, processes, results, commands, scratch, log)


def _specifications(load: Load, address: Address, scratch: Path) -> list[LoadSpecification]:
    """One specification a process: the connections and the rate are shared out."""
    generator = GENERATORS[load.generator.kind]
    connections = load.point.connections(load.generator.connections)
    timetable = load.point.timetable(load.warmup_s + load.duration_s)
    shares = split_users(connections, generator.processes(load.generator, load.cpu_count))
    seat = Seat(load.cpu_count, connections, may_spin(load.cpus, load.is_shared))
    options = generator.options(load.generator, seat)
    wire = Wire.read(load.wire)
    return [
        LoadSpecification(
            host=address.host,
            port=address.port,
            users=share,
            timetable=None if timetable is None else timetable.share(share / connections).knots,
            arrivals=load.generator.arrivals,
            seed=load.seed,
            think_time_s=load.think_time_s,
            warmup_s=load.warmup_s,
            duration_s=load.duration_s,
            timeout_s=load.timeout_s,
            method=wire.method,
            path=address.path(wire.path),
            headers=dict(wire.headers),
            payloads=str(wire.payloads.resolve()),
            golden=str(wire.golden.resolve()),
            first_payload=index * wire.bodies // len(shares),
            result=str((scratch / f"load-{index}.json").resolve()),
            options=options,
            ramp_s=min(RAMP_SHARE * load.warmup_s, RAMP_MOST_S),
            is_tls=address.is_tls,
        )
        for index, share in enumerate(shares)
    ]
