"""The generator's processes of one trial: started, let go together, collected."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from servebench.config import GeneratorDefinition
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.generator.protocol import LoadResult, LoadSpecification
from servebench.generator.registry import GENERATORS
from servebench.load_point import ClosedLoop, LoadPoint, OpenLoop
from servebench.paths import REPOSITORY
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, last_line, server_environment

PAYLOAD_POOL_SIZE = 10_000
FINISH_GRACE_S = 30.0


@dataclass(frozen=True)
class LoadProcesses:
    """Generator processes that wait for their start."""

    processes: list[subprocess.Popen[bytes]]
    results: list[Path]
    commands: list[list[str]]
    log: Path

    def await_ready(self) -> None:
        """Wait until each has loaded its payloads and said so."""
        for process in self.processes:
            assert process.stdout is not None
            if process.stdout.readline().strip() != b"ready":
                raise ServebenchError(f"the generator did not start: {last_line(self.log)}; see {self.log}")

    def release(self, start_s: float) -> None:
        """Let all of them start at `start_s` on the monotonic clock."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(f"{int(start_s * 1e9)}\n".encode())
            process.stdin.flush()

    def collect(self, timeout_s: float) -> list[LoadResult]:
        """Wait for their ends; raises ServebenchError where one failed."""
        for process in self.processes:
            try:
                code = process.wait(timeout_s + FINISH_GRACE_S)
            except subprocess.TimeoutExpired:
                raise ServebenchError(f"the generator did not end; see {self.log}") from None
            if code != 0:
                raise ServebenchError(f"the generator failed (code {code}): {last_line(self.log)}; see {self.log}")
        return [LoadResult.from_dict(read_json(path)) for path in self.results]


@dataclass(frozen=True)
class Load:
    """What one generator is to send: which kind, from where its files stand, how much and for how long.

    `cpus` pins its processes; None leaves them to the kernel. `cpu_count` is how many CPUs it has then, `is_shared`
    whether the server may run on them too.
    """

    generator: GeneratorDefinition
    generator_folder: Path
    model: Path
    point: LoadPoint
    cpus: tuple[int, ...] | None
    cpu_count: int
    is_shared: bool
    seed: int
    warmup_s: float
    duration_s: float
    timeout_s: float
    think_time_s: float = 0.0


def split_users(users: int, processes: int) -> list[int]:
    """Users a process, as even as can be, none without a user."""
    count = min(users, processes)
    return [users // count + (index < users % count) for index in range(count)]


def start_load(groups: ProcessGroups, load: Load, port: int, scratch: Path, log: Path) -> LoadProcesses:
    """Start the generator's processes; they load their payloads and wait."""
    generator = GENERATORS[load.generator.kind]
    environment = server_environment(1) | {"PYTHONPATH": str(REPOSITORY / "workflow"), "PYTHONUNBUFFERED": "1"}
    processes, results, commands = [], [], []
    for index, specification in enumerate(_specifications(load, port, scratch)):
        path = scratch / f"specification-{index}.json"
        write_json(path, specification.as_dict())
        command = generator.command(load.generator_folder, str(path))
        with log.open("ab") as stream:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            processes.append(groups.start(command, load.cpus, environment, stream, **pipes))
        results.append(Path(specification.result))
        commands.append(command)
    return LoadProcesses(processes, results, commands, log)


def _specifications(load: Load, port: int, scratch: Path) -> list[LoadSpecification]:
    """One specification a process: the users, or the connections and the rate, are shared out."""
    generator, point = GENERATORS[load.generator.kind], load.point
    users = point.users if isinstance(point, ClosedLoop) else load.generator.connections
    rate_rps = point.rate_rps if isinstance(point, OpenLoop) else None
    shares = split_users(users, generator.processes(load.generator, load.cpu_count))
    options = generator.options(load.generator, load.cpu_count)
    if "threads" in options:
        options["threads"] = min(options["threads"], users)
    if "spins" in options:
        # Spinning on a CPU that the server may want would measure the generator.
        options["spins"] = options["spins"] and load.cpus is not None and not load.is_shared
    return [
        LoadSpecification(
            host=HOST,
            port=port,
            users=share,
            rate_rps=None if rate_rps is None else rate_rps * share / users,
            arrivals=load.generator.arrivals,
            seed=load.seed,
            think_time_s=load.think_time_s,
            warmup_s=load.warmup_s,
            duration_s=load.duration_s,
            timeout_s=load.timeout_s,
            payloads=str((load.model / "payloads.jsonl").resolve()),
            golden=str((load.model / "golden.jsonl").resolve()),
            first_payload=index * PAYLOAD_POOL_SIZE // len(shares),
            result=str((scratch / f"load-{index}.json").resolve()),
            options=options,
        )
        for index, share in enumerate(shares)
    ]
