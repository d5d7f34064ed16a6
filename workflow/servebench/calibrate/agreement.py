"""Agreement: two generators that share no code measure the same server, in the same windows.

The interval of the ratio (other / native) of throughput and of p50 must lie inside [0.9, 1.1]. Two servers: one that
waits for 5 ms, and FastAPI with a model that takes some milliseconds, at 30 % of its capacity.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.analyse.statistics import paired_ratio
from servebench.build.request import Unavailable
from servebench.build.system import build_system
from servebench.calibrate.drive import (
    BuiltGenerator,
    Run,
    Site,
    Task,
    calibration_site,
    constant_model,
    drive,
    drive_together,
)
from servebench.calibrate.outcome import Check, measured, not_measured
from servebench.calibrate.servers import DELAY_SERVER, CalibrationServer, build_program, start_program
from servebench.config import GeneratorDefinition, ModelDefinition, SystemDefinition
from servebench.generator.build import build_generator
from servebench.model.train import train
from servebench.trial.load_point import ClosedLoop, LoadPoint, OpenLoop
from servebench.trial.server import ServerLaunch, start_server

ROUNDS = 7
LOW, HIGH = 0.9, 1.1
SHARE_OF_CAPACITY = 0.3
CAPACITY_S = 2.0
# Two hundred trees in scikit-learn take some ten milliseconds: long against what any generator adds.
MODEL = ModelDefinition.model_validate(
    {"dataset": "digits", "estimator": "random_forest", "parameters": {"n_estimators": 200}}
)
SYSTEM = SystemDefinition.model_validate({"server": "fastapi", "inference": "sklearn", "workers": 1})
REFERENCE = "native"
# Each in a loop that it keeps to: Locust starts a request up to a millisecond late, wrk has no rate and no think time.
OTHERS = {"locust": "thinking", "wrk": "closed", "oha": "open"}
THINKING_USERS = 2


@dataclass(frozen=True)
class Loop:
    """A load point, how long its users think, and whether one generator alone keeps the server busy."""

    point: LoadPoint
    think_time_s: float = 0.0
    is_saturating: bool = False


@dataclass(frozen=True)
class Target:
    """A running server that the generators are compared on, by which loops, in which window."""

    name: str
    server: CalibrationServer
    model: Path
    loops: dict[str, Loop]
    duration_s: float


def measure_agreement(payloads: Path, cache: Path) -> dict[str, Any]:
    """Compare native with Locust, and with wrk and oha where they are on the PATH."""
    with calibration_site("agreement of the generators") as site:
        built, absent = _build_generators(site.scratch, cache)
        if REFERENCE in absent:
            reason = absent[REFERENCE]
            return not_measured(reason.reason, reason.remedy)
        targets = [_delay_target(site, payloads, cache), _fastapi_target(site, built[REFERENCE], cache)]
        others = [name for name in OTHERS if name in built]
        pairs: dict[tuple[str, str], list[list[Run]]] = {(t.name, other): [] for t in targets for other in others}
        for _ in range(ROUNDS):
            for target in targets:
                for other in others:
                    pairs[target.name, other].append(_pair(site, target, built[REFERENCE], built[other]))
    checks = [check for (target, other), runs in pairs.items() for check in _checks(target, other, runs)]
    return measured(checks, rounds=ROUNDS, absent={name: reason.reason for name, reason in absent.items()})


def _pair(site: Site, target: Target, reference: BuiltGenerator, other: BuiltGenerator) -> list[Run]:
    """Both at once, each with half of the load: what the server does at that time it does to both.

    Two rates take turns, half a period apart. Users that do not think would fight for the server: one after the other.
    """
    loop = target.loops[OTHERS[other.name]]
    delay_s = 0.5 / loop.point.rate_rps if isinstance(loop.point, OpenLoop) else 0.0
    tasks = [Task(reference, loop.point, loop.think_time_s), Task(other, loop.point, loop.think_time_s, delay_s)]
    groups = [[task] for task in tasks] if loop.is_saturating else [tasks]
    return [
        run for group in groups for run in drive_together(site, group, target.model, target.server, target.duration_s)
    ]


def _build_generators(scratch: Path, cache: Path) -> tuple[dict[str, BuiltGenerator], dict[str, Unavailable]]:
    built, absent = {}, {}
    for kind in (REFERENCE, *OTHERS):
        definition = GeneratorDefinition.model_validate({"kind": kind, "connections": 8})
        manifest = build_generator(kind, definition, scratch / kind, cache)
        if manifest["status"] == "built":
            built[kind] = BuiltGenerator(kind, definition, scratch / kind)
        else:
            absent[kind] = Unavailable(manifest["reason"], manifest["remedy"])
    return built, absent


def _delay_target(site: Site, payloads: Path, cache: Path) -> Target:
    program = build_program(DELAY_SERVER, site.scratch, cache)
    server = start_program(site.groups, program, site.server_cpus, "constant:5")
    model = constant_model(payloads, site.scratch / "delay-model")
    loops = {
        "closed": Loop(ClosedLoop(2)),
        "thinking": Loop(ClosedLoop(1), 0.005),
        "open": Loop(OpenLoop(200)),
    }
    return Target("5 ms", server, model, loops, 1.0)


def _fastapi_target(site: Site, reference: BuiltGenerator, cache: Path) -> Target:
    """FastAPI with the calibration's own model; its capacity is measured first."""
    model, package = site.scratch / "model", site.scratch / "package"
    train(MODEL, "data", 1, model)
    manifest = build_system("fastapi", SYSTEM, model, model / "native", package, cache)
    if manifest["status"] != "built":
        raise Unavailable(manifest["reason"], manifest["remedy"])
    launch = ServerLaunch(package, "workers", 1, site.server_cpus, 1, 60.0)
    running = start_server(site.groups, launch, site.scratch / "fastapi.log")
    server = CalibrationServer(running.port, running.process.pid)
    capacity_rps = drive(site, reference, model, server, ClosedLoop(8), CAPACITY_S).throughput_rps
    rate_rps = max(1, round(SHARE_OF_CAPACITY / 2 * capacity_rps))
    loops = {
        # wrk's users do not think: one of them keeps the server busy, whatever the share.
        "closed": Loop(ClosedLoop(1), is_saturating=True),
        "thinking": Loop(ClosedLoop(THINKING_USERS), THINKING_USERS / rate_rps - 1 / capacity_rps),
        "open": Loop(OpenLoop(rate_rps)),
    }
    return Target("FastAPI", server, model, loops, 3.0)


def _checks(target: str, other: str, pairs: Sequence[Sequence[Run]]) -> list[Check]:
    """Each pair is (reference, other)."""
    figures: dict[str, Callable[[Run], float]] = {
        "throughput": lambda run: run.throughput_rps,
        "p50": lambda run: run.latency_p50_ms or 0.0,
    }
    return [
        _check(
            f"{other} / {REFERENCE} on {target}, {name}",
            [figure(run) for _, run in pairs],
            [figure(run) for run, _ in pairs],
        )
        for name, figure in figures.items()
    ]


def _check(name: str, numerators: list[float], denominators: list[float]) -> Check:
    ratio = paired_ratio(numerators, denominators)
    tolerance = f"[{LOW}, {HIGH}]"
    if ratio is None or ratio.low is None or ratio.high is None:
        return Check(name, 1.0, None, tolerance, False, f"{name}: no interval")
    agrees = ratio.low >= LOW and ratio.high <= HIGH
    is_decided = agrees or ratio.high < LOW or ratio.low > HIGH
    text = f"{name}: {ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
    return Check(name, 1.0, ratio.estimate, tolerance, agrees, text, is_decided)
