"""What is made before the trials, and how long that takes: models, builds, checks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapreplace
from pathlib import Path

from servebench.build.precompile import CALIBRATION, precompiled_server
from servebench.build.python_environment import find_requirements, package_count
from servebench.build.server_manifest import load_server_manifest, protocol_of
from servebench.config import Config, System, inference_of
from servebench.endpoint import EndpointDefinition
from servebench.generator.native import PROJECT as NATIVE_GENERATOR
from servebench.load_point import parse_load_point
from servebench.paths import MANIFEST, SERVERS, StudyPaths
from servebench.plan import measured
from servebench.plan.cells import study_cells
from servebench.plan.known_machine import KnownMachine
from servebench.plan.trial_seconds import server_start_s
from servebench.words import GeneratorKind, Inference, Phase

Pair = tuple[str, str]


@dataclass(frozen=True)
class BeforeTrials:
    """The seconds of each phase, and in words what is not kept yet."""

    phases: Mapping[Phase, float]
    environments: Sequence[str]
    compiled: Sequence[str]


def before_trials(config: Config, paths: StudyPaths, machine: KnownMachine) -> BeforeTrials:
    """Models, builds and checks that are still to make, on CPUs that they share."""
    models = [model for model in config.models if _is_missing(paths.compiled(model) / MANIFEST)]
    pairs = [(model, system) for model in config.models for system in config.every_system]
    unchecked = [pair for pair in pairs if _is_missing(paths.check(*pair)) and pair[1] not in machine.unavailable]
    if not models and not unchecked:
        return BeforeTrials({Phase.PREPARE: 0.0, Phase.BUILD: 0.0}, [], [])
    compiled = _compiled(config, unchecked)
    environments = _environments(config, unchecked, machine)
    chains = [_model_s(config, paths, model) for model in models]
    works = [measured.KEPT_S if name in machine.compiled else seconds for name, seconds in compiled.items()]
    builds = [*environments.values(), *(_build_s(config, system) for _, system in unchecked)]
    checks = [_check_s(config, machine, system) for _, system in unchecked] + _rows_checks(config, unchecked)
    prepare_s = makespan(chains, machine.cpus)
    # What needs no model is compiled beside it; builds wait for both, and checks for builds.
    whole_s = sum(makespan(jobs, machine.cpus) for jobs in ([*works, *chains], builds, checks))
    listen_s = measured.LISTEN_S if _is_missing(paths.machine_calibration) else 0.0
    return BeforeTrials(
        {Phase.PREPARE: listen_s + prepare_s, Phase.BUILD: whole_s - prepare_s},
        [f"{server} ({package_count(SERVERS / server)} packages)" for server in environments],
        [name for name in compiled if name not in machine.compiled],
    )


def makespan(jobs: Iterable[float], cpus: int) -> float:
    """When the last job ends, where each CPU takes the next one as soon as it is free."""
    free_s = [0.0] * cpus
    for seconds in jobs:
        heapreplace(free_s, free_s[0] + seconds)
    return max(free_s)


def _is_missing(path: Path) -> bool:
    return not path.exists()


def _model_s(config: Config, paths: StudyPaths, model: str) -> float:
    """A model's training and what follows from it, one after the other."""
    systems = [config.system_catalogue[name] for name in config.every_system]
    further = {protocol_of(system) for system in systems}
    seconds = 0.0 if (paths.model(model) / MANIFEST).exists() else measured.TRAIN_S
    seconds += measured.COMPILE_MODEL_S + measured.RENDER_S * (len(further) - 1) / 2
    is_onnx = any(inference_of(system) is Inference.ONNX for system in systems)
    return seconds + (measured.CONVERT_MODEL_S if is_onnx else 0.0)


def _compiled(config: Config, unchecked: Sequence[Pair]) -> dict[str, float]:
    """What is compiled before there is a model, by its name, and the seconds of it."""
    servers = {precompiled_server(config, system) for _, system in unchecked} - {None}
    found = {str(name): measured.COMPILE_SERVER_S for name in sorted(servers, key=str)}
    found[CALIBRATION] = measured.COMPILE_CALIBRATION_S
    kinds = {config.generator_catalogue[name].kind for name in config.every_generator}
    if GeneratorKind.NATIVE in kinds:
        found[NATIVE_GENERATOR.name] = measured.COMPILE_GENERATOR_S
    return found


def _environments(config: Config, unchecked: Sequence[Pair], machine: KnownMachine) -> dict[str, float]:
    """The seconds of each environment that is not kept, by the server that asks for it."""
    servers = {_server(config.system_catalogue[system]) for _, system in unchecked} - machine.environments - {None}
    wanted = [name for name in sorted(map(str, servers)) if find_requirements(SERVERS / name) is not None]
    return {name: _environment_s(name) for name in wanted}


def _environment_s(server: str) -> float:
    packages = package_count(SERVERS / server)
    by_packages = measured.ENVIRONMENT_LEAST_S + measured.ENVIRONMENT_S_A_PACKAGE * packages
    return load_server_manifest(server).plan.environment_s or by_packages


def _server(system: System) -> str | None:
    return None if isinstance(system, EndpointDefinition) else system.server


def _build_s(config: Config, system: str) -> float:
    server = _server(config.system_catalogue[system])
    if server is None:
        return measured.KEPT_S
    manifest = load_server_manifest(server)
    return manifest.plan.build_s or measured.BUILD_S[manifest.builder]


def _check_s(config: Config, machine: KnownMachine, system: str) -> float:
    if system in machine.checks:
        return machine.checks[system]
    definition = config.system_catalogue[system]
    by_start_s = measured.CHECK_S + measured.CHECK_S_A_START_S * server_start_s(system, definition)
    server = _server(definition)
    return (None if server is None else load_server_manifest(server).plan.check_s) or by_start_s


def _rows_checks(config: Config, unchecked: Sequence[Pair]) -> list[float]:
    """A check of each number of rows beyond one that a system is asked."""
    wanted = {
        (cell.model, cell.system, cell.point.rows)
        for cell in study_cells(config)
        if parse_load_point(cell.point.name).rows > 1 and (cell.model, cell.system) in set(unchecked)
    }
    return [measured.CHECK_ROWS_S] * len(wanted)
