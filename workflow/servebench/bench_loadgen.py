"""`make bench-loadgen`: the generators against the null server, interleaved and pinned, figures printed.

A ceiling counts only where the generator's CPU was at 0.97 or more and the null server's below 0.95.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from servebench.calibrate.ceiling import is_ceiling
from servebench.calibrate.drive import WARMUP_S, BuiltGenerator, Run, Site, calibration_site, constant_wire, drive
from servebench.calibrate.interrupts import read_function_calls
from servebench.calibrate.servers import BARE, NULL_SERVER, PING_PONG, CalibrationServer, build_program, start_program
from servebench.config import GeneratorDefinition
from servebench.errors import ServebenchError
from servebench.generator.build import build_generator
from servebench.histogram import histogram_of, percentiles_ms
from servebench.load_point import ClosedLoop, OpenLoop
from servebench.model.definition import TrainedModel
from servebench.model.train import train
from servebench.paths import CACHE, PAYLOADS
from servebench.words import BuildStatus

# Many short rounds: the machine is never the same for long.
ROUNDS = 9
OPEN_LOOP_ROUNDS = 3
FLOOR_ROUNDS = 5
CONNECTIONS = 64
DURATION_S = 1.0
WATCHED_S = 0.9
# A small model's; every generator can ask for more than that.
SATURATED_WORK_US = 20
OPEN_LOOP_SHARE = 0.8
SLOW_RPS = 1000
SLOW_S = 2
GENERATORS = {
    "native": {"kind": "native"},
    "native, spinning": {"kind": "native", "waiting": "spin"},
    "wrk": {"kind": "wrk"},
    "locust FastHttpUser": {"kind": "locust"},
}
NATIVE = ("native", "native, spinning")
WAITING = dict(zip(("sleep", "spin"), NATIVE, strict=True))


@dataclass(frozen=True)
class Measured:
    """A run, with the function-call interrupts of both CPUs a request; None where the kernel does not tell."""

    run: Run
    ipis_per_request: float | None


def main() -> None:
    """Print the tables."""
    with calibration_site("bench-loadgen") as site:
        if site.server_cpus is None or site.is_shared:
            sys.exit("servebench: two CPUs are needed, one for the generator and one for the null server")
        with contextlib.redirect_stdout(io.StringIO()):
            wire = _wire(site.scratch)
            generators = _build(site.scratch)
            programs = {name: build_program(name, site.scratch, CACHE) for name in (NULL_SERVER, PING_PONG, BARE)}
        server = start_program(site.groups, programs[NULL_SERVER], site.server_cpus)
        runs = _rounds(site, generators, wire, server)
        _print_closed_loop(runs)
        _print_bare(site, generators, wire, server, programs[BARE])
        site.groups.end(server.pid)
        _print_saturated(site, generators, wire, programs[NULL_SERVER])
        # One that spins: else its waking for every single request, and not the generator, is the limit.
        spinning = start_program(site.groups, programs[NULL_SERVER], site.server_cpus, "spin")
        _print_open_loop(site, generators["native"], wire, spinning, median(map(_throughput, runs["native"])))
        site.groups.end(spinning.pid)
        _print_floors(site, generators, wire, programs)


def _wire(scratch: Path) -> Path:
    definition = {"dataset": "digits", "estimator": "logistic_regression", "scale": True}
    train(TrainedModel.model_validate(definition), "data", 1, scratch / "digits")
    return constant_wire(scratch / "digits" / PAYLOADS, scratch / "wire")


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


def _rounds(
    site: Site, generators: dict[str, BuiltGenerator], wire: Path, server: CalibrationServer
) -> dict[str, list[Measured]]:
    """Every generator once a round."""
    runs: dict[str, list[Measured]] = {name: [] for name in generators}
    for _ in range(ROUNDS):
        for name, generator in generators.items():
            runs[name].append(_measure(site, generator, wire, server))
    return runs


def _measure(site: Site, generator: BuiltGenerator, wire: Path, server: CalibrationServer) -> Measured:
    cpus = [*(site.server_cpus or ()), *(site.generator_cpus or ())]
    rates: list[float] = []

    def watch() -> None:
        first, start_s = read_function_calls(cpus), time.monotonic()
        time.sleep(WATCHED_S)
        last, end_s = read_function_calls(cpus), time.monotonic()
        if first is not None and last is not None:
            rates.append((last - first) / (end_s - start_s))

    run = drive(site, generator, wire, server, ClosedLoop(CONNECTIONS), DURATION_S, watch)
    return Measured(run, rates[0] / run.throughput_rps if rates else None)


def _print_closed_loop(runs: dict[str, list[Measured]]) -> None:
    print(f"{CONNECTIONS} connections, closed loop, digits payload, {ROUNDS} interleaved rounds, medians")
    print(f"{'generator':<22} {'requests/s':>10} {'CPU us/req':>12} {'its cores':>10} {'server':>10} ceilings")
    for name, found in runs.items():
        values = [[figure(m) for m in found] for figure in (_throughput, _cpu, _cores, _server_cores)]
        throughput, cpu, cores, server = (median(value) for value in values)
        ceilings = sum(is_ceiling(m.run) for m in found)
        print(f"{name:<22} {throughput:>10,.0f} {cpu:>12.2f} {cores:>10.2f} {server:>10.2f} {ceilings:>5}/{len(found)}")
    if "wrk" in runs:
        for name in NATIVE:
            rate, cpu_ratio = (_ratio(runs[name], runs["wrk"], figure) for figure in (_throughput, _cpu))
            print(f"{name} / wrk: throughput {rate}, CPU per request {cpu_ratio}")
    else:
        print("wrk is not on the PATH: not compared")
    print(
        f"native / locust FastHttpUser: throughput {_ratio(runs['native'], runs['locust FastHttpUser'], _throughput)}"
    )


@dataclass(frozen=True)
class Bare:
    """What a client reaches that does nothing but one send and one recv an answer, with what CPU."""

    throughput_rps: float
    cpu_us_per_request: float


def _print_bare(
    site: Site, generators: dict[str, BuiltGenerator], wire: Path, server: CalibrationServer, program: Path
) -> None:
    """How far any generator of these system calls could go, beside the one that sleeps and wrk, in the same rounds."""
    bare: list[Bare] = []
    runs: dict[str, list[Measured]] = {name: [] for name in ("native", "wrk") if name in generators}
    for _ in range(ROUNDS):
        bare.append(_run_bare(site, program, server.port, _body_bytes(wire)))
        for name, found in runs.items():
            found.append(_measure(site, generators[name], wire, server))
    throughput, cpu = median(b.throughput_rps for b in bare), median(b.cpu_us_per_request for b in bare)
    print(f"bare: {throughput:,.0f} requests/s, {cpu:.2f} CPU us/req: one send and one recv an answer, nothing else")
    for name, found in runs.items():
        rate = _spread([b.throughput_rps / m.run.throughput_rps for b, m in zip(bare, found, strict=True)])
        used = _spread([b.cpu_us_per_request / m.run.cpu_us_per_request for b, m in zip(bare, found, strict=True)])
        print(f"bare / {name}: throughput {rate}, CPU per request {used}")


def _run_bare(site: Site, program: Path, port: int, body_bytes: int) -> Bare:
    times = [str(round(1000 * seconds)) for seconds in (WARMUP_S, DURATION_S)]
    found = json.loads(_output(site, [str(program), str(port), str(CONNECTIONS), *times, str(body_bytes)]))
    return Bare(found["answers"] / DURATION_S, found["cpu_ns"] / 1000 / found["answers"])


def _output(site: Site, command: list[str]) -> str:
    """What a program prints that runs on the generator's CPU."""
    cpus = site.generator_cpus or ()
    return subprocess.run(
        command, capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, cpus)
    ).stdout


def _body_bytes(wire: Path) -> int:
    with (wire / PAYLOADS).open("rb") as stream:
        return len(stream.readline().strip())


def _print_saturated(site: Site, generators: dict[str, BuiltGenerator], wire: Path, program: Path) -> None:
    """What each costs a server that is the limit: who sleeps must be woken inside the server's send()."""
    server = start_program(site.groups, program, site.server_cpus, str(SATURATED_WORK_US))
    chosen = {name: generator for name, generator in generators.items() if name in (*NATIVE, "wrk")}
    runs = _rounds(site, chosen, wire, server)
    site.groups.end(server.pid)
    reference = "wrk" if "wrk" in runs else "native"
    print(
        f"a saturated server ({SATURATED_WORK_US} us of work a request), {ROUNDS} interleaved rounds, medians, "
        f"and over {reference} within a round"
    )
    print(f"{'generator':<18} {'requests/s':>24} {'server us/req':>24} {'function-call IPIs/req':>26}")
    for name, found in runs.items():
        throughput, server_us, ipis = (
            f"{_middle(found, figure, form)} ({_ratio(found, runs[reference], figure)})"
            for figure, form in ((_throughput, ",.0f"), (_server_us, ".2f"), (_ipis, ".3f"))
        )
        print(f"{name:<18} {throughput:>24} {server_us:>24} {ipis:>26}")


def _throughput(measured: Measured) -> float:
    return measured.run.throughput_rps


def _cpu(measured: Measured) -> float:
    return measured.run.cpu_us_per_request


def _cores(measured: Measured) -> float:
    return measured.run.generator_cores


def _server_cores(measured: Measured) -> float:
    return measured.run.server_cores


def _server_us(measured: Measured) -> float:
    return measured.run.server_cores / measured.run.throughput_rps * 1e6


def _ipis(measured: Measured) -> float | None:
    return measured.ipis_per_request


Figure = Callable[[Measured], float | None]


def _middle(runs: Sequence[Measured], figure: Figure, form: str) -> str:
    values = [value for value in map(figure, runs) if value is not None]
    return format(median(values), form) if values else "?"


def _ratio(left: Sequence[Measured], right: Sequence[Measured], figure: Figure) -> str:
    """The median over rounds of a ratio within a round, and the rounds' range."""
    pairs = [(figure(a), figure(b)) for a, b in zip(left, right, strict=True)]
    ratios = [a / b for a, b in pairs if a is not None and b]
    return _spread(ratios) if ratios else "?"


def _spread(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}"


def _print_open_loop(
    site: Site, generator: BuiltGenerator, wire: Path, server: CalibrationServer, ceiling_rps: float
) -> None:
    rate_rps = round(OPEN_LOOP_SHARE * ceiling_rps)
    for _ in range(OPEN_LOOP_ROUNDS):
        run = drive(site, generator, wire, server, OpenLoop(rate_rps), DURATION_S)
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


def _print_floors(site: Site, generators: dict[str, BuiltGenerator], wire: Path, programs: dict[str, Path]) -> None:
    """p50 at a slow rate beside a ping-pong that does nothing else, with the same way of waiting on both sides."""
    body_bytes = _body_bytes(wire)
    print(f"p50 at {SLOW_RPS:,} requests/s from the intended start, {FLOOR_ROUNDS} interleaved rounds, medians")
    for waiting, name in WAITING.items():
        server = start_program(
            site.groups, programs[NULL_SERVER], site.server_cpus, *(["spin"] if waiting == "spin" else [])
        )
        floors_us, found_us, useful = [], [], []
        for _ in range(FLOOR_ROUNDS):
            floors_us.append(_floor_us(site, programs[PING_PONG], server.port, waiting, body_bytes))
            run = drive(site, generators[name], wire, server, OpenLoop(SLOW_RPS), SLOW_S)
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
    return int(_output(site, command)) / 1000


if __name__ == "__main__":
    try:
        main()
    except ServebenchError as error:
        sys.exit(f"servebench: {error}")
