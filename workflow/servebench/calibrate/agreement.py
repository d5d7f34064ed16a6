"""Agreement: two generators that share no code measure the same server, one right after the other.

The interval of the ratio (other / native) of throughput and of p50 must lie inside [0.9, 1.1]. Two servers: one that
waits for 5 ms, and one that asks scikit-learn for some milliseconds, at 30 % of its capacity. Not both at once: what a
request costs there depends on how long ago the last one was, which two generators in step never share evenly.

A generator whose own work lies inside its latencies is measured for it first, against told delays, and the offset is
subtracted from its p50.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from servebench.analyse.statistics import paired_ratio
from servebench.build.python_environment import find_requirements
from servebench.build.request import Unavailable
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.build.system import build_system
from servebench.calibrate.drive import (
    BuiltGenerator,
    Run,
    Site,
    Task,
    calibration_site,
    constant_wire,
    drive,
    drive_in_turn,
)
from servebench.calibrate.outcome import Criterion, measured, not_measured
from servebench.calibrate.servers import DELAY_SERVER, CalibrationServer, build_program, start_program
from servebench.calibrate.truth import judge_truth
from servebench.config import GeneratorDefinition, SystemDefinition
from servebench.generator.abilities import ABILITIES, REFERENCE, Comparison
from servebench.generator.build import build_generator
from servebench.load_point import ClosedLoop, DrivenPoint, OpenLoop
from servebench.model.definition import TrainedModel
from servebench.model.train import train
from servebench.paths import SERVERS
from servebench.protocol.description import SERVEBENCH
from servebench.protocol.render import render
from servebench.trial.server import ServerLaunch, start_server
from servebench.words import BuildStatus, Contract, GeneratorKind, Inference

# A pair that is not decided after these rounds gets as many more, up to the most: a disturbed one widens the interval.
ROUNDS = 5
MOST_ROUNDS = 15
LOW, HIGH = 0.9, 1.1
SHARE_OF_CAPACITY = 0.3
CAPACITY_S = 2.0
# Five hundred trees in scikit-learn take some fifteen milliseconds: long against what any generator adds.
MODEL = TrainedModel.model_validate(
    {"dataset": "digits", "estimator": "random_forest", "parameters": {"n_estimators": 500}}
)
# Each in a loop that it keeps to.
COMPARED = {kind: able.comparison for kind, able in ABILITIES.items() if able.comparison is not None}


@dataclass(frozen=True)
class Loop:
    """A load point, and how long its users think."""

    point: DrivenPoint
    think_time_s: float = 0.0


@dataclass(frozen=True)
class Target:
    """A running server that the generators are compared on, by which loops, in which window."""

    name: str
    server: CalibrationServer
    wire: Path
    loops: dict[Comparison, Loop]
    duration_s: float


def measure_agreement(payloads: Path, cache: Path) -> dict[str, Any]:
    """Compare native with Locust, and with wrk and oha where they are on the PATH."""
    with calibration_site("agreement of the generators") as site:
        built, absent = _build_generators(site.scratch, cache)
        if REFERENCE in absent:
            reason = absent[REFERENCE]
            return not_measured(reason.reason, reason.remedy)
        offsets_ms = {kind: own_time_ms(site, built[kind], payloads, cache) for kind in COMPARED if kind in built}
        targets = [_delay_target(site, payloads, cache), _sklearn_target(site, built[REFERENCE], cache)]
        criteria = [
            criterion
            for target in targets
            for other in COMPARED
            if other in built
            for criterion in compare_until_decided(
                f"{other} / {REFERENCE} on {target.name}",
                partial(_pair, site, target, built[REFERENCE], built[other]),
                offsets_ms[other],
            )
        ]
    return measured(criteria, absent={name: reason.reason for name, reason in absent.items()}, offsets_ms=offsets_ms)


def own_time_ms(site: Site, generator: BuiltGenerator, payloads: Path, cache: Path) -> float:
    """What a generator adds to every request by its own work; 0 of one that adds none, or cannot be asked."""
    tolerance = ABILITIES[generator.definition.kind].truth
    if tolerance is None or not tolerance.has_own_time:
        return 0.0
    return float(judge_truth(site, generator, tolerance, payloads, cache)["offset_ms"])


def compare_until_decided(
    name: str, measure_pair: Callable[[bool], tuple[Run, Run]], offset_ms: float = 0.0
) -> list[Criterion]:
    """The criteria of one pair of generators, over as many rounds as decide them, in every second one turned round.

    `measure_pair` gives the runs of the reference and of the other; `offset_ms` is the other's own time in a request.
    """
    pairs: list[tuple[Run, Run]] = []
    criteria: list[Criterion] = []
    while len(pairs) < MOST_ROUNDS and not (criteria and all(criterion.is_decided for criterion in criteria)):
        pairs += [measure_pair(bool(number % 2)) for number in range(ROUNDS)]
        criteria = _criteria(name, pairs, offset_ms)
    return criteria


def _pair(
    site: Site, target: Target, reference: BuiltGenerator, other: BuiltGenerator, is_turned: bool
) -> tuple[Run, Run]:
    """Reference and other, the second as soon as the first has ended; turned round in every second round."""
    loop = target.loops[COMPARED[other.definition.kind]]
    order = [other, reference] if is_turned else [reference, other]
    tasks = [Task(generator, loop.point, loop.think_time_s) for generator in order]
    first, second = drive_in_turn(site, tasks, target.wire, target.server, target.duration_s)
    return (second, first) if is_turned else (first, second)


def _build_generators(
    scratch: Path, cache: Path
) -> tuple[dict[GeneratorKind, BuiltGenerator], dict[GeneratorKind, Unavailable]]:
    built, absent = {}, {}
    for kind in (REFERENCE, *COMPARED):
        definition = GeneratorDefinition.model_validate({"kind": kind, "connections": 8})
        manifest = build_generator(kind, definition, scratch / kind, cache)
        if manifest["status"] == BuildStatus.BUILT:
            built[kind] = BuiltGenerator(kind, definition, scratch / kind)
        else:
            absent[kind] = Unavailable(manifest["reason"], manifest["remedy"])
    return built, absent


def _delay_target(site: Site, payloads: Path, cache: Path) -> Target:
    program = build_program(DELAY_SERVER, site.scratch, cache)
    server = start_program(site.groups, program, site.server_cpus, "constant:5")
    wire = constant_wire(payloads, site.scratch / "delay-wire")
    loops = {
        Comparison.CLOSED: Loop(ClosedLoop(2)),
        Comparison.THINKING: Loop(ClosedLoop(1), 0.005),
        Comparison.OPEN: Loop(OpenLoop(200)),
    }
    return Target("5 ms", server, wire, loops, 0.6)


def sklearn_system() -> SystemDefinition:
    """The first server that asks scikit-learn, keeps the whole contract and is here on every machine."""
    for name in known_servers():
        manifest = load_server_manifest(name)
        is_here = find_requirements(SERVERS / name) is None and not manifest.tools
        if is_here and manifest.contract is Contract.FULL and Inference.SKLEARN in manifest.inference:
            options = {"inference": Inference.SKLEARN, manifest.parallelism: 1}
            return SystemDefinition.model_validate({"server": name, **options})
    raise Unavailable("no server here asks scikit-learn", "bring back one that does to servers/")


def _sklearn_target(site: Site, reference: BuiltGenerator, cache: Path) -> Target:
    """Such a server with the calibration's own model; its capacity is measured first."""
    system = sklearn_system()
    model, wire, package = (site.scratch / name for name in ("model", "wire", "package"))
    train(MODEL, "data", 1, model)
    render(model, SERVEBENCH, 1, wire)
    manifest = build_system(system.server, system, model, model / "compiled", package, cache)
    if manifest["status"] != BuildStatus.BUILT:
        raise Unavailable(manifest["reason"], manifest["remedy"])
    launch = ServerLaunch(package, system.parallelism_option, 1, site.server_cpus, 1, 60.0, manifest["health_path"])
    running = start_server(site.groups, launch, site.scratch / f"{system.server}.log")
    server = CalibrationServer(running.port, running.process.pid)
    capacity_rps = drive(site, reference, wire, server, ClosedLoop(8), CAPACITY_S).throughput_rps
    rate_rps = max(1, round(SHARE_OF_CAPACITY * capacity_rps))
    loops = {
        # wrk's users do not think: one of them keeps the server busy, whatever the share.
        Comparison.CLOSED: Loop(ClosedLoop(1)),
        Comparison.THINKING: Loop(ClosedLoop(1), 1 / rate_rps - 1 / capacity_rps),
        Comparison.OPEN: Loop(OpenLoop(rate_rps)),
    }
    return Target(manifest["framework"], server, wire, loops, 2.0)


def _criteria(name: str, pairs: Sequence[tuple[Run, Run]], offset_ms: float) -> list[Criterion]:
    """Each pair is (reference, other)."""
    less = f" less its own {offset_ms:.2f} ms" if offset_ms else ""
    return [
        criterion_of(
            f"{name}, throughput", [run.throughput_rps for _, run in pairs], [run.throughput_rps for run, _ in pairs]
        ),
        criterion_of(
            f"{name}, p50{less}",
            [(run.latency_p50_ms or 0.0) - offset_ms for _, run in pairs],
            [run.latency_p50_ms or 0.0 for run, _ in pairs],
        ),
    ]


def criterion_of(name: str, numerators: list[float], denominators: list[float]) -> Criterion:
    """Whether the interval of the ratio lies inside the bounds, outside, or is too wide to say."""
    ratio = paired_ratio(numerators, denominators)
    tolerance = f"[{LOW}, {HIGH}]"
    if ratio is None or ratio.low is None or ratio.high is None:
        return Criterion(name, 1.0, None, tolerance, False, f"{name}: no interval")
    agrees = ratio.low >= LOW and ratio.high <= HIGH
    is_decided = agrees or ratio.high < LOW or ratio.low > HIGH
    text = f"{name}: {ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}] in {ratio.n} rounds"
    return Criterion(name, 1.0, ratio.estimate, tolerance, agrees, text, is_decided)
