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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from servebench.calibrate.null_server import build_null_server, start_null_server
from servebench.calibrate.reading import Reading, Target, own_cpus, read_generator
from servebench.config import GeneratorDefinition, ModelDefinition
from servebench.errors import ServebenchError
from servebench.generator.build import build_generator
from servebench.model.train import train
from servebench.paths import CACHE
from servebench.trial.meter import read_cpu
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST

ROUNDS = 3
CONNECTIONS = 64
DURATION_S = 3.0
OPEN_LOOP_SHARE = 0.8


@dataclass(frozen=True)
class Bench:
    """What all runs share."""

    groups: ProcessGroups
    target: Target
    generator_cpu: int

    def run_ours(self, kind: str, rate_rps: float | None = None) -> Reading:
        """One run of a generator of ours."""
        definition = GeneratorDefinition.model_validate({"kind": kind})
        folder = self.target.scratch / kind
        return read_generator(self.groups, self.target, definition, folder, CONNECTIONS, DURATION_S, rate_rps)

    def run_wrk(self, connections: int = CONNECTIONS) -> Reading:
        """One run of wrk, posting the first body."""
        script = self.target.scratch / "post.lua"
        body = (self.target.model / "payloads.jsonl").read_text(encoding="utf-8").splitlines()[0]
        script.write_text(
            f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [[{body}]]\n"
        )
        command = ["wrk", "-t1", f"-c{connections}", f"-d{DURATION_S:g}s", "-s", str(script)]
        before = os.times()
        first = read_cpu(self.target.pid)
        done = subprocess.run(
            ["taskset", "-c", str(self.generator_cpu), *command, f"http://{HOST}:{self.target.port}/predict"],
            capture_output=True,
            text=True,
            check=True,
        )
        last = read_cpu(self.target.pid)
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
    cpus = own_cpus()
    if len(cpus) < 2:
        raise SystemExit("servebench: two CPUs are needed, one for the generator and one for the null server")
    has_wrk = shutil.which("wrk") is not None
    with tempfile.TemporaryDirectory() as name, ProcessGroups() as groups:
        scratch = Path(name)
        model = scratch / "model"
        train(ModelDefinition(dataset="digits", estimator="logistic_regression", scale=True), "data", 1, model)
        with contextlib.redirect_stdout(io.StringIO()):
            _build_generators(scratch)
            null_server = build_null_server(scratch, CACHE)
        psutil.Process().cpu_affinity([cpus[0]])
        port, pid = start_null_server(groups, null_server, [cpus[-1]])
        bench = Bench(groups, Target(port, pid, model, [cpus[0]], scratch), cpus[0])
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
