"""`make bench-loadgen`: the generators against the null server, interleaved and pinned, figures printed.

A ceiling counts only where the generator's CPU was at 0.97 or more and the null server's below 0.95.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from servebench.build.cmake import compile_project, key_of, locked
from servebench.config import GeneratorDefinition, ModelDefinition
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json
from servebench.generator.build import build_generator
from servebench.generator.protocol import LoadResult, LoadSpecification
from servebench.generator.registry import GENERATORS
from servebench.histogram import histogram_of, percentiles_ms
from servebench.model.train import train
from servebench.paths import CACHE, REPOSITORY, SERVERS
from servebench.trial.meter import read_cpu
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, free_port, server_environment

ROUNDS = 3
CONNECTIONS = 64
WARMUP_S = 0.5
DURATION_S = 3.0
GENERATOR_FULL = 0.97
SERVER_FREE = 0.95
OPEN_LOOP_SHARE = 0.8


@dataclass(frozen=True)
class Reading:
    """One run: requests a second, both sides' CPU in cores, and the send delay of an open loop."""

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


@dataclass(frozen=True)
class Bench:
    """What all runs share: a running null server, the two CPUs, the payloads, a scratch folder."""

    port: int
    server_pid: int
    generator_cpu: int
    groups: ProcessGroups
    model: Path
    scratch: Path

    def run_ours(self, kind: str, rate_rps: float | None = None, connections: int = CONNECTIONS) -> Reading:
        """One run of a generator of ours."""
        definition = GeneratorDefinition.model_validate({"kind": kind})
        folder = self.scratch / kind
        specification = self._specification(kind, definition, rate_rps, connections)
        path = self.scratch / "specification.json"
        write_json(path, specification.as_dict())
        command = GENERATORS[kind].command(folder, str(path))
        environment = server_environment(1) | {"PYTHONPATH": str(REPOSITORY / "workflow")}
        with (self.scratch / "generator.log").open("wb") as log:
            process = self.groups.start(
                command, [self.generator_cpu], environment, log, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        start_s = time.monotonic() + 0.1
        process.stdin.write(f"{int(start_s * 1e9)}\n".encode())
        process.stdin.flush()
        time.sleep(max(0.0, start_s + WARMUP_S - time.monotonic()))
        first = read_cpu(self.server_pid)
        time.sleep(max(0.0, start_s + WARMUP_S + DURATION_S - time.monotonic()))
        last = read_cpu(self.server_pid)
        process.wait()
        result = LoadResult.from_dict(read_json(Path(specification.result)))
        delays = result.open_loop.send_delays_ns if result.open_loop else []
        return Reading(
            result.requests / DURATION_S,
            result.cpu_s / DURATION_S,
            (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s),
            percentiles_ms(histogram_of(delays), [99.0])[0],
            percentiles_ms(histogram_of(result.latencies_ns), [50.0])[0],
        )

    def _specification(
        self, kind: str, definition: GeneratorDefinition, rate_rps: float | None, connections: int
    ) -> LoadSpecification:
        # The null server's answer is no golden answer: none is compared.
        none = self.scratch / "golden.jsonl"
        none.write_text('{"prediction":0}\n', encoding="utf-8")
        return LoadSpecification(
            host=HOST,
            port=self.port,
            users=connections,
            rate_rps=rate_rps,
            arrivals="constant",
            seed=1,
            think_time_s=0.0,
            warmup_s=WARMUP_S,
            duration_s=DURATION_S,
            timeout_s=10.0,
            payloads=str(self.model / "payloads.jsonl"),
            golden=str(none),
            first_payload=1,
            result=str(self.scratch / "result.json"),
            options=GENERATORS[kind].options(definition, 1),
        )

    def run_wrk(self, connections: int = CONNECTIONS) -> Reading:
        """One run of wrk, posting the first body."""
        script = self.scratch / "post.lua"
        body = (self.model / "payloads.jsonl").read_text(encoding="utf-8").splitlines()[0]
        script.write_text(
            f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [[{body}]]\n"
        )
        command = ["wrk", "-t1", f"-c{connections}", f"-d{DURATION_S:g}s", "-s", str(script)]
        before = os.times()
        first = read_cpu(self.server_pid)
        done = subprocess.run(
            ["taskset", "-c", str(self.generator_cpu), *command, f"http://{HOST}:{self.port}/predict"],
            capture_output=True,
            text=True,
            check=True,
        )
        last = read_cpu(self.server_pid)
        after = os.times()
        cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
        found = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
        if found is None:
            raise ServebenchError(f"wrk printed no count: {done.stdout[:200]}")
        wall_s = float(found[2])
        return Reading(int(found[1]) / wall_s, cpu_s / wall_s, (last.cpu_s - first.cpu_s) / wall_s)


def _build_generators(scratch: Path) -> None:
    for kind in ("native", "locust"):
        definition = GeneratorDefinition.model_validate({"kind": kind})
        manifest = build_generator(kind, definition, scratch / kind, CACHE)
        if manifest["status"] != "built":
            raise ServebenchError(f"{kind}: {manifest['reason']}; {manifest['remedy']}")


def _build_null_server(scratch: Path) -> Path:
    source = SERVERS / "contract" / "null"
    folder = CACHE / "build" / f"null-{key_of(source, sorted(source.iterdir()))[:16]}"
    with locked(folder):
        compile_project(source, folder, "null_server", {}, [])
        shutil.copy2(folder / "null_server", scratch / "null_server")
    return scratch / "null_server"


def _line(name: str, readings: list[Reading]) -> str:
    throughput = median(r.throughput_rps for r in readings)
    counted = sum(r.is_ceiling for r in readings)
    return (
        f"{name:<22} {throughput:>10,.0f} {median(r.cpu_us_per_request for r in readings):>12.2f} "
        f"{median(r.generator_cores for r in readings):>10.2f} {median(r.server_cores for r in readings):>10.2f} "
        f"{counted:>5}/{len(readings)}"
    )


def _ratio(left: list[Reading], right: list[Reading], value: Callable[[Reading], float]) -> float:
    """The median over rounds of a ratio within a round."""
    return median(value(a) / value(b) for a, b in zip(left, right, strict=True))


def main() -> None:
    """Print the table."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        raise SystemExit("servebench: two CPUs are needed, one for the generator and one for the null server")
    has_wrk = shutil.which("wrk") is not None
    with tempfile.TemporaryDirectory() as name, ProcessGroups() as groups:
        scratch = Path(name)
        model = scratch / "model"
        train(ModelDefinition(dataset="digits", estimator="logistic_regression", scale=True), "data", 1, model)
        with contextlib.redirect_stdout(io.StringIO()):
            _build_generators(scratch)
            null_server = _build_null_server(scratch)
        port = free_port()
        with (scratch / "server.log").open("wb") as log:
            command = [str(null_server), str(port)]
            server = groups.start(command, [cpus[-1]], dict(os.environ), log)
        time.sleep(0.2)
        psutil.Process().cpu_affinity([cpus[0]])
        bench = Bench(port, server.pid, cpus[0], groups, model, scratch)
        runs: dict[str, Callable[[], Reading]] = {
            "native": lambda: bench.run_ours("native"),
            "locust FastHttpUser": lambda: bench.run_ours("locust"),
        }
        if has_wrk:
            runs["wrk"] = bench.run_wrk
        readings: dict[str, list[Reading]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for generator, run in runs.items():
                readings[generator].append(run())
        print(f"{CONNECTIONS} connections, closed loop, digits payload, {ROUNDS} interleaved rounds, medians")
        print(f"{'generator':<22} {'requests/s':>10} {'CPU us/req':>12} {'its cores':>10} {'server':>10} ceilings")
        for generator, found in readings.items():
            print(_line(generator, found))
        native = readings["native"]
        if has_wrk:
            rate = _ratio(native, readings["wrk"], lambda r: r.throughput_rps)
            cpu = _ratio(native, readings["wrk"], lambda r: r.cpu_us_per_request)
            print(f"native / wrk: throughput {rate:.2f}, CPU per request {cpu:.2f}")
        else:
            print("wrk is not on the PATH: not compared")
        over_locust = _ratio(native, readings["locust FastHttpUser"], lambda r: r.throughput_rps)
        print(f"native / locust FastHttpUser: throughput {over_locust:.1f}")
        rate_rps = OPEN_LOOP_SHARE * median(r.throughput_rps for r in native)
        for _ in range(ROUNDS):
            open_loop = bench.run_ours("native", rate_rps)
            print(
                f"open loop at {rate_rps:,.0f} requests/s: {open_loop.throughput_rps:,.0f} answered/s, "
                f"sent - intended p99 {open_loop.send_delay_p99_ms:.3f} ms, its cores {open_loop.generator_cores:.2f}"
            )
        slow = bench.run_ours("native", 1000.0)
        print(f"open loop at 1,000 requests/s: p50 {(slow.latency_p50_ms or 0) * 1000:.0f} us, asleep on both sides")


if __name__ == "__main__":
    main()
