"""`make bench-servers`: what a request costs each server as health, echo and prediction, interleaved and pinned.

One CPU for the server, one for the generator; each round starts every server afresh, in another order.
"""

import argparse
import contextlib
import http.client
import io
import math
import os
import random
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from statistics import fmean

from servebench.analyse.statistics import Interval, log_interval, student_interval
from servebench.analyse.text import MISSING
from servebench.answers import GOLDEN_STEP
from servebench.build.declared import declared_systems
from servebench.build.server_manifest import fitting_manifest, protocol_of
from servebench.build.system import build_system
from servebench.calibrate.drive import BuiltGenerator, Site, calibration_site, drive
from servebench.calibrate.servers import CalibrationServer
from servebench.check.server import ready_model
from servebench.config import Config, SystemDefinition, load_config
from servebench.config_words import suggest
from servebench.errors import ServebenchError
from servebench.generator.build import build_generator
from servebench.load_point import ClosedLoop
from servebench.paths import CACHE, CONFIG, PAYLOADS, asked_folder
from servebench.protocol.render import render
from servebench.protocol.wire import Wire, whole_answer, write_wire
from servebench.report.format import figure, interval_text, markdown_table
from servebench.trial.meter import CpuReading, read_cpu
from servebench.trial.server import RunningServer, ServerLaunch, request, start_server
from servebench.words import BuildStatus

GENERATOR = "native"
MODEL = "digits-logistic"
ROUNDS = 5
CONNECTIONS = 64
WARMUP_S = 0.3
DURATION_S = 0.6
# The CPU is read inside the window.
WATCHED_S = 0.55
SEED = 1
ECHO_PATH = "/echo"
JSON = {"Content-Type": "application/json"}
HEADER = ["system", "request", "requests/s [95 %]", "CPU us/request [95 %]", "user", "kernel"]


class Question(StrEnum):
    """What a server is asked: each costs what the one before costs, and more."""

    HEALTH = "health"
    ECHO = "echo"
    PREDICT = "predict"


@dataclass(frozen=True)
class Subject:
    """A built system: how it is started, with one worker or thread, and what it is sent for each question."""

    name: str
    launch: ServerLaunch
    wires: Mapping[Question, Path]


@dataclass(frozen=True)
class Cost:
    """Of one window: good answers a second, and what each used of the server's CPU, the kernel's part apart."""

    throughput_rps: float
    cpu_us: float
    kernel_us: float

    @property
    def user_us(self) -> float:
        """The programs' part."""
        return self.cpu_us - self.kernel_us


# By system and question, then by round.
Costs = dict[tuple[str, Question], dict[int, Cost]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench-servers")
    parser.add_argument("--systems", help="names with commas between; else all")
    parser.add_argument("--model", default=MODEL, help="one of config/config.yaml's")
    options = parser.parse_args()
    config = load_config(CONFIG)
    written = {name: each for name, each in config.system_catalogue.items() if isinstance(each, SystemDefinition)}
    definitions = choose({**declared_systems(), **written}, options.systems)
    with calibration_site("bench-servers") as site:
        if site.server_cpus is None or site.generator_cpus is None or site.is_shared:
            raise ServebenchError("two CPUs are needed, one for the generator and one for the server")
        print(f"building {len(definitions)} systems", file=sys.stderr)
        model = ready_model(options.model, definitions.values(), config, CACHE)
        subjects = [
            subject
            for name, definition in definitions.items()
            if (subject := _build(site, name, definition, model, config)) is not None
        ]
        costs = _rounds(site, _generator(site, config), subjects)
    print(
        f"{options.model}: {CONNECTIONS} users, closed loop, one CPU for the server and one for the generator "
        f"({GENERATOR}), {ROUNDS} interleaved rounds of {DURATION_S:g} s; CPU of the server's process tree"
    )
    print(costs_table(costs))


def choose(definitions: Mapping[str, SystemDefinition], names: str | None) -> dict[str, SystemDefinition]:
    """The systems of these names, with commas between; all where no name is given."""
    if not names:
        return dict(definitions)
    chosen = [name.strip() for name in names.split(",")]
    for name in chosen:
        if name not in definitions:
            raise ServebenchError(f"unknown system '{name}'{suggest(name, definitions)}")
    return {name: definitions[name] for name in chosen}


def _generator(site: Site, config: Config) -> BuiltGenerator:
    definition, folder = config.generator_catalogue[GENERATOR], site.scratch / GENERATOR
    with contextlib.redirect_stdout(io.StringIO()):
        manifest = build_generator(GENERATOR, definition, folder, CACHE)
    if manifest["status"] != BuildStatus.BUILT:
        raise ServebenchError(f"{GENERATOR}: {manifest['reason']}; {manifest['remedy']}")
    return BuiltGenerator(GENERATOR, definition, folder)


def _build(site: Site, name: str, definition: SystemDefinition, model: Path, config: Config) -> Subject | None:
    """Build a system; where this machine cannot, say why."""
    folder = site.scratch / name
    with contextlib.redirect_stdout(io.StringIO()):
        manifest = build_system(name, definition, model, model / "compiled", folder / "package", CACHE)
    if manifest["status"] != BuildStatus.BUILT:
        print(f"{name}: not measured: {manifest['reason']}; {manifest['remedy']}")
        return None
    option = fitting_manifest(name, definition).parallelism
    launch = ServerLaunch(
        folder / "package", option, 1, site.server_cpus, 1, config.start_timeout_s, manifest["health_path"]
    )
    asked = asked_folder(model, definition.inference)
    return Subject(name, launch, _write_wires(folder, asked, protocol_of(definition), manifest["health_path"]))


def _write_wires(folder: Path, model: Path, protocol: str, health_path: str) -> dict[Question, Path]:
    """What is sent: nothing, the bodies of predictions to be sent back, and the same to be answered."""
    wires = {question: folder / question for question in Question}
    reason = render(model, protocol, 1, wires[Question.PREDICT])
    if reason is not None:
        raise ServebenchError(f"{folder.name}: {reason}: leave it out of SYSTEMS, or choose another MODEL")
    bodies = (wires[Question.PREDICT] / PAYLOADS).read_text(encoding="utf-8").splitlines()
    facts = {"protocol": protocol, "rows": 1}
    # Whatever a server says of its health, with status 200, is right: some say nothing, or not in JSON.
    write_wire(wires[Question.HEALTH], {**facts, "method": "GET", "path": health_path, "headers": {}}, [""], [])
    echoed = [whole_answer(body) for body in bodies[::GOLDEN_STEP]]
    write_wire(wires[Question.ECHO], {**facts, "method": "POST", "path": ECHO_PATH, "headers": JSON}, bodies, echoed)
    return wires


def _rounds(site: Site, generator: BuiltGenerator, subjects: Sequence[Subject]) -> Costs:
    """Every system once a round, each time from a fresh start."""
    costs: Costs = {(subject.name, question): {} for subject in subjects for question in Question}
    order, dice = list(subjects), random.Random(SEED)
    # This process may wait where the generator waits, but not take the server's CPU.
    os.sched_setaffinity(0, site.generator_cpus or ())
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        dice.shuffle(order)
        for subject in order:
            server = start_server(site.groups, subject.launch, site.scratch / f"{subject.name}.log")
            for question in Question:
                if question is not Question.ECHO or has_echo(server.port, subject.wires[question]):
                    cost = _ask(site, generator, subject, server, question)
                    costs[subject.name, question] |= {} if cost is None else {number: cost}
            site.groups.end(server.process.pid)
    return costs


def has_echo(port: int, wire: Path) -> bool:
    """Whether a server sends a body back: the contract leaves it to the servers."""
    body = next(Wire.read(wire).golden_bodies()).body.encode()
    try:
        status, answer, _ = request(port, "POST", ECHO_PATH, body, JSON)
    except (OSError, http.client.HTTPException):
        return False
    return status == HTTPStatus.OK and answer == body


def _ask(
    site: Site, generator: BuiltGenerator, subject: Subject, server: RunningServer, question: Question
) -> Cost | None:
    """One window; None, and a line that says so, where not every answer was right."""
    pid = server.process.pid
    readings: list[CpuReading] = []

    def watch() -> None:
        readings.append(read_cpu(pid))
        time.sleep(WATCHED_S)
        readings.append(read_cpu(pid))

    target = CalibrationServer(server.port, pid)
    users = ClosedLoop(CONNECTIONS)
    run = drive(site, generator, subject.wires[question], target, users, DURATION_S, watch, WARMUP_S)
    if run.load.errors or not run.load.requests:
        print(f"{subject.name}: {question}: {run.load.requests} good answers, errors: {run.load.errors}")
        return None
    return cost_between(readings[0], readings[1], run.throughput_rps)


def cost_between(first: CpuReading, last: CpuReading, throughput_rps: float) -> Cost:
    """What a request used between two readings of the server's tree."""
    requests = (last.at_s - first.at_s) * throughput_rps
    cpu_us = (last.cpu_s - first.cpu_s) / requests * 1e6
    return Cost(throughput_rps, cpu_us, (last.system_cpu_s - first.system_cpu_s) / requests * 1e6)


def costs_table(costs: Costs) -> str:
    """Three lines a system and the difference that JSON and model make, the cheapest prediction first."""
    systems = list(dict.fromkeys(system for system, _ in costs))
    systems.sort(key=lambda system: _mean_cpu_us(costs[system, Question.PREDICT].values()))
    return markdown_table(HEADER, [line for system in systems for line in _lines(system, costs)])


def _mean_cpu_us(costs: Iterable[Cost]) -> float:
    """Infinite where there is none."""
    found = [cost.cpu_us for cost in costs]
    return fmean(found) if found else math.inf


def _lines(system: str, costs: Costs) -> list[list[str]]:
    lines = []
    for question in Question:
        found = [*costs[system, question].values()]
        user, kernel = ([getattr(cost, name) for cost in found] for name in ("user_us", "kernel_us"))
        lines.append(
            [
                system,
                question,
                _text(log_interval([cost.throughput_rps for cost in found])),
                _text(log_interval([cost.cpu_us for cost in found])),
                figure(fmean(user) if user else None),
                figure(fmean(kernel) if kernel else None),
            ]
        )
    predicted, echoed = costs[system, Question.PREDICT], costs[system, Question.ECHO]
    differences = [predicted[number].cpu_us - echoed[number].cpu_us for number in predicted if number in echoed]
    difference = student_interval(differences) if differences else None
    return [*lines, [system, "predict - echo", MISSING, _text(difference), MISSING, MISSING]]


def _text(interval: Interval | None) -> str:
    return MISSING if interval is None else interval_text(interval.estimate, interval.low, interval.high)


if __name__ == "__main__":
    try:
        main()
    except ServebenchError as error:
        sys.exit(f"servebench: {error}")
