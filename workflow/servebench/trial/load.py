"""The generator's processes of one trial: started, let go together, collected."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.generator.protocol import LoadResult, LoadSpecification
from servebench.generator.registry import GENERATORS
from servebench.machine import Placement
from servebench.paths import REPOSITORY
from servebench.trial.load_point import ClosedLoop, OpenLoop
from servebench.trial.processes import ProcessGroups
from servebench.trial.request import TrialRequest
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


def split_users(users: int, processes: int) -> list[int]:
    """Users a process, as even as can be, none without a user."""
    count = min(users, processes)
    return [users // count + (index < users % count) for index in range(count)]


def start_load(
    groups: ProcessGroups, request: TrialRequest, port: int, placement: Placement, scratch: Path, log: Path
) -> LoadProcesses:
    """Start the generator's processes; they load their payloads and wait."""
    generator = GENERATORS[request.generator.kind]
    cpus = placement.generator if placement.is_pinned else None
    environment = server_environment(1) | {"PYTHONPATH": str(REPOSITORY / "workflow"), "PYTHONUNBUFFERED": "1"}
    processes, results, commands = [], [], []
    for index, specification in enumerate(_specifications(request, port, len(placement.generator), scratch)):
        path = scratch / f"specification-{index}.json"
        write_json(path, specification.as_dict())
        command = generator.command(request.generator_folder, str(path))
        with log.open("ab") as stream:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            processes.append(groups.start(command, cpus, environment, stream, **pipes))
        results.append(Path(specification.result))
        commands.append(command)
    return LoadProcesses(processes, results, commands, log)


def _specifications(request: TrialRequest, port: int, cpus: int, scratch: Path) -> list[LoadSpecification]:
    """One specification a process: the users, or the connections and the rate, are shared out."""
    generator, point = GENERATORS[request.generator.kind], request.load_point
    users = point.users if isinstance(point, ClosedLoop) else request.generator.connections
    rate_rps = point.rate_rps if isinstance(point, OpenLoop) else None
    shares = split_users(users, generator.processes(request.generator, cpus))
    options = generator.options(request.generator, cpus)
    if "threads" in options:
        options["threads"] = min(options["threads"], users)
    settings = request.settings
    return [
        LoadSpecification(
            host=HOST,
            port=port,
            users=share,
            rate_rps=None if rate_rps is None else rate_rps * share / users,
            arrivals=request.generator.arrivals,
            seed=settings["seed"] + request.key.repeat,
            think_time_s=settings["think_time_s"],
            warmup_s=settings["warmup_s"],
            duration_s=settings["duration_s"],
            timeout_s=settings["timeout_s"],
            payloads=str((request.model / "payloads.jsonl").resolve()),
            golden=str((request.model / "golden.jsonl").resolve()),
            first_payload=index * PAYLOAD_POOL_SIZE // len(shares),
            result=str((scratch / f"load-{index}.json").resolve()),
            options=options,
        )
        for index, share in enumerate(shares)
    ]
