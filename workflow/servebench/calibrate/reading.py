"""One run of a generator against the null server, with both sides' CPU."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.config import GeneratorDefinition
from servebench.files import read_json, write_json
from servebench.generator.protocol import LoadResult, LoadSpecification
from servebench.generator.registry import GENERATORS
from servebench.histogram import histogram_of, percentiles_ms
from servebench.paths import REPOSITORY
from servebench.trial.meter import read_cpu
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, server_environment

WARMUP_S = 0.5
TIMEOUT_S = 10.0
RELEASE_DELAY_S = 0.1
# A ceiling counts only where the generator alone was the limit.
GENERATOR_FULL = 0.97
SERVER_FREE = 0.95


@dataclass(frozen=True)
class Target:
    """A running null server, what is sent to it, from which CPUs, and where files may be left."""

    port: int
    pid: int
    model: Path
    generator_cpus: Sequence[int] | None
    scratch: Path


@dataclass(frozen=True)
class Reading:
    """Requests a second, CPU in cores of the generator's busiest thread and of the server; open loop: lateness."""

    throughput_rps: float
    generator_cores: float
    server_cores: float
    send_delay_p99_ms: float | None = None
    latency_p50_ms: float | None = None

    @property
    def is_ceiling(self) -> bool:
        """Whether the generator alone was the limit."""
        return self.generator_cores >= GENERATOR_FULL and self.server_cores < SERVER_FREE

    @property
    def cpu_us_per_request(self) -> float:
        """The generator's CPU microseconds per request."""
        return self.generator_cores / self.throughput_rps * 1e6


def read_generator(
    groups: ProcessGroups,
    target: Target,
    definition: GeneratorDefinition,
    folder: Path,
    connections: int,
    duration_s: float,
    rate_rps: float | None = None,
) -> Reading:
    """Run one process of a generator on one CPU's worth of threads; no answer is compared."""
    golden = target.scratch / "golden.jsonl"
    golden.write_text('{"prediction":0}\n', encoding="utf-8")
    specification = LoadSpecification(
        host=HOST,
        port=target.port,
        users=connections,
        rate_rps=rate_rps,
        arrivals="constant",
        seed=1,
        think_time_s=0.0,
        warmup_s=WARMUP_S,
        duration_s=duration_s,
        timeout_s=TIMEOUT_S,
        payloads=str((target.model / "payloads.jsonl").resolve()),
        golden=str(golden),
        first_payload=1,
        result=str(target.scratch / "result.json"),
        options=GENERATORS[definition.kind].options(definition, 1),
    )
    path = target.scratch / "specification.json"
    write_json(path, specification.as_dict())
    process = _start(groups, target, GENERATORS[definition.kind].command(folder, str(path)))
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    start_s = time.monotonic() + RELEASE_DELAY_S
    process.stdin.write(f"{int(start_s * 1e9)}\n".encode())
    process.stdin.flush()
    time.sleep(max(0.0, start_s + WARMUP_S - time.monotonic()))
    first = read_cpu(target.pid)
    time.sleep(max(0.0, start_s + WARMUP_S + duration_s - time.monotonic()))
    last = read_cpu(target.pid)
    process.wait()
    result = LoadResult.from_dict(read_json(Path(specification.result)))
    delays = result.open_loop.send_delays_ns if result.open_loop else []
    return Reading(
        # The null server knows no golden answer: compared or not, an answer is an answer.
        (result.requests + result.errors.get("wrong_answer", 0)) / duration_s,
        result.busiest_cpu_s / duration_s,
        (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s),
        percentiles_ms(histogram_of(delays), [99.0])[0],
        percentiles_ms(histogram_of(result.latencies_ns), [50.0])[0],
    )


def _start(groups: ProcessGroups, target: Target, command: list[str]) -> "subprocess.Popen[bytes]":
    environment = server_environment(1) | {"PYTHONPATH": str(REPOSITORY / "workflow")}
    with (target.scratch / "generator.log").open("wb") as log:
        return groups.start(
            command, target.generator_cpus, environment, log, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )


def own_cpus() -> list[int]:
    """The CPUs that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
