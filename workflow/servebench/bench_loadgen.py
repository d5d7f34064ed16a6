"""`make bench-loadgen`: the generators against the null server, interleaved and pinned, figures printed.

A ceiling counts only where the generator's CPU was at 0.97 or more and the null server's below 0.95.
"""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from servebench.calibrate.ceiling import is_ceiling
from servebench.calibrate.drive import BuiltGenerator, Run, Site, calibration_site, constant_model, drive
from servebench.calibrate.servers import NULL_SERVER, PING_PONG, CalibrationServer, build_program, start_program
from servebench.config import GeneratorDefinition, ModelDefinition
from servebench.errors import ServebenchError
from servebench.generator.build import build_generator
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.model.train import train
from servebench.paths import CACHE, PAYLOADS
from servebench.words import BuildStatus

ROUNDS = 3
FLOOR_ROUNDS = 5
CONNECTIONS = 64
DURATION_S = 3.0
OPEN_LOOP_SHARE = 0.8
SLOW_RPS = 1000
SLOW_S = 2
GENERATORS = {
    "native": {"kind": "native"},
    "native, spinning": {"kind": "native", "waiting": "spin"},
    "wrk": {"kind": "wrk"},
    "locust FastHttpUser": {"kind": "locust"},
}
WAITING = {"sleep": "native", "spin": "native, spinning"}


def main() -> None:
    """Print the tables."""
    with calibration_site("bench-loadgen") as site:
        if site.server_cpus is None or site.is_shared:
            sys.exit("servebench: two CPUs are needed, one for the generator and one for the null server")
        with contextlib.redirect_stdout(io.StringIO()):
            model = _model(site.scratch)
            generators = _build(site.scratch)
            programs = {name: build_program(name, site.scratch, CACHE) for name in (NULL_SERVER, PING_PONG)}
        server = start_program(site.groups, programs[NULL_SERVER], site.server_cpus)
        runs = _closed_loops(site, generators, model, server)
        _print_table(runs)
        site.groups.end(server.pid)
        # One that spins: else its waking for every single request, and not the generator, is the limit.
        spinning = start_program(site.groups, programs[NULL_SERVER], site.server_cpus, "spin")
        _print_open_loop(site, generators["native"], model, spinning, median(_throughputs(runs["native"])))
        site.groups.end(spinning.pid)
        _print_floors(site, generators, model, programs)


def _model(scratch: Path) -> Path:
    definition = {"dataset": "digits", "estimator": "logistic_regression", "scale": True}
    train(ModelDefinition.model_validate(definition), "data", 1, scratch / "digits")
    return constant_model(scratch / "digits" / PAYLOADS, scratch / "model")


def _build(scratch: Path) -> dict[str, BuiltGenerator]:
    """The generators that are here; wrk may not be."""
    built = {}
    for name, raw in GENERATORS.items():
        definition = GeneratorDefinition.model_validate({**raw, "connections": CONNECTIONS})
        folder = scratch / name.replace(", ", "-").replace(" ", "-")
        manifest = build_generator(name, definition, folder, CACHE)
        if manifest["status"] == BuildStatus.BUILT:
            built[name] = BuiltGenerator(name, definition, folder)
        elif name != "wrk":
            raise ServebenchError(f"{name}: {manifest['reason']}; {manifest['remedy']}")
    return built


def _closed_loops(
    site: Site, generators: dict[str, BuiltGenerator], model: Path, server: CalibrationServer
) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {name: [] for name in generators}
    for _ in range(ROUNDS):
        for name, generator in generators.items():
            runs[name].append(drive(site, generator, model, server, ClosedLoop(CONNECTIONS), DURATION_S))
    return runs


def _throughputs(runs: Sequence[Run]) -> list[float]:
    return [run.throughput_rps for run in runs]


def _print_table(runs: dict[str, list[Run]]) -> None:
    print(f"{CONNECTIONS} connections, closed loop, digits payload, {ROUNDS} interleaved rounds, medians")
    print(f"{'generator':<22} {'requests/s':>10} {'CPU us/req':>12} {'its cores':>10} {'server':>10} ceilings")
    for name, found in runs.items():
        print(
            f"{name:<22} {median(_throughputs(found)):>10,.0f} {median(r.cpu_us_per_request for r in found):>12.2f} "
            f"{median(r.generator_cores for r in found):>10.2f} {median(r.server_cores for r in found):>10.2f} "
            f"{sum(is_ceiling(r) for r in found):>5}/{len(found)}"
        )
    if "wrk" in runs:
        rate = _ratio(runs["native"], runs["wrk"], lambda r: r.throughput_rps)
        cpu = _ratio(runs["native"], runs["wrk"], lambda r: r.cpu_us_per_request)
        print(f"native / wrk: throughput {rate:.2f}, CPU per request {cpu:.2f}")
    else:
        print("wrk is not on the PATH: not compared")
    over_locust = _ratio(runs["native"], runs["locust FastHttpUser"], lambda r: r.throughput_rps)
    print(f"native / locust FastHttpUser: throughput {over_locust:.1f}")


def _ratio(left: Sequence[Run], right: Sequence[Run], value: Callable[[Run], float]) -> float:
    """The median over rounds of a ratio within a round."""
    return median(value(a) / value(b) for a, b in zip(left, right, strict=True))


def _print_open_loop(
    site: Site, generator: BuiltGenerator, model: Path, server: CalibrationServer, ceiling_rps: float
) -> None:
    rate_rps = round(OPEN_LOOP_SHARE * ceiling_rps)
    for _ in range(ROUNDS):
        run = drive(site, generator, model, server, OpenLoop(rate_rps), DURATION_S)
        assert run.load.open_loop is not None
        late_ms = percentiles_ms(histogram_of(run.load.open_loop.send_delays_ns), [99.0])[0] or 0.0
        print(
            f"open loop at {rate_rps:,} requests/s: {run.throughput_rps:,.0f} answered/s, sent - intended p99 "
            f"{late_ms:.3f} ms once a connection was free ({_waited_share(run):.1%} waited for one), its cores "
            f"{run.generator_cores:.2f}"
        )


def _waited_share(run: Run) -> float:
    """Of the scheduled requests those that found every connection busy."""
    counts = run.load.open_loop
    assert counts is not None
    return counts.waited_for_connection / counts.scheduled


def _print_floors(site: Site, generators: dict[str, BuiltGenerator], model: Path, programs: dict[str, Path]) -> None:
    """p50 at a slow rate beside a ping-pong that does nothing else, with the same way of waiting on both sides."""
    with (model / PAYLOADS).open("rb") as stream:
        body_bytes = len(stream.readline().strip())
    print(f"p50 at {SLOW_RPS:,} requests/s from the intended start, {FLOOR_ROUNDS} interleaved rounds, medians")
    for waiting, name in WAITING.items():
        server = start_program(
            site.groups, programs[NULL_SERVER], site.server_cpus, *(["spin"] if waiting == "spin" else [])
        )
        floors_us, found_us, useful = [], [], []
        for _ in range(FLOOR_ROUNDS):
            floors_us.append(_floor_us(site, programs[PING_PONG], server.port, waiting, body_bytes))
            run = drive(site, generators[name], model, server, OpenLoop(SLOW_RPS), SLOW_S)
            found_us.append((run.latency_p50_ms or 0.0) * 1000)
            useful.append(run.generator_cores)
        site.groups.end(server.pid)
        above_us = median(a - b for a, b in zip(found_us, floors_us, strict=True))
        print(
            f"{'spinning' if waiting == 'spin' else 'asleep'} on both sides: floor {median(floors_us):.1f} us, native "
            f"{median(found_us):.1f} us, {above_us:+.1f} us within a round; its useful CPU {median(useful):.3f} cores"
        )


def _floor_us(site: Site, program: Path, port: int, waiting: str, body_bytes: int) -> float:
    command = [str(program), str(port), str(SLOW_RPS), str(SLOW_S), waiting, str(body_bytes)]
    cpus = site.generator_cpus or ()
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, cpus)
    )
    return int(done.stdout) / 1000


if __name__ == "__main__":
    try:
        main()
    except ServebenchError as error:
        sys.exit(f"servebench: {error}")
