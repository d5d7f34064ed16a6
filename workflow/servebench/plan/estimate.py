"""How long a study takes and how much it keeps: printed before it begins.

The seconds are those of two quiet CPUs; what this machine showed before scales them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from servebench.build.builders import BUILDERS
from servebench.build.precompile import CALIBRATION, precompiled_server
from servebench.build.server_manifest import fitting_manifest, load_server_manifest
from servebench.config import Config, System
from servebench.endpoint import EndpointDefinition
from servebench.files import read_json
from servebench.generator.native import PROJECT as NATIVE_GENERATOR
from servebench.load_point import parse_load_point
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.cells import stand_ins, study_cells, trial_keys, trial_result
from servebench.plan.known_machine import KnownMachine
from servebench.progress import JOB_START_S, format_duration, format_phases
from servebench.thresholds import LOOKS
from servebench.trial.key import TrialKey
from servebench.words import BuildStatus, GeneratorKind, Inference, Phase, RowsPerRequest

TRAIN_S = 8.0
COMPILE_MODEL_S = 6.0
COMPILE_SERVER_S = 28.0
COMPILE_GENERATOR_S = 5.0
COMPILE_CALIBRATION_S = 5.0
PACKAGE_S = 1.0
CHECK_S = 3.0
# Jobs before the trials that there are at once to fill the CPUs with.
MOST_PARALLEL = 3
CEILING_S = 5.0
# What is kept from an earlier study takes none of these.
CALIBRATION_S_A_GENERATOR = 12.0
CALIBRATION_S_A_HOST = 8.0
CALIBRATION_S_METER = 8.0
CALIBRATION_S_AGREEMENT = 130.0
REPORT_S = 10.0
# Beside the builder's: scikit-learn's import, and the start of Locust's users.
INFERENCE_START_S = {Inference.SKLEARN: 1.5, Inference.COMPILED: 0.0, Inference.ONNX: 0.1}
GENERATOR_START_S = {GeneratorKind.LOCUST: 0.8}
# The agents of the load hosts, side by side.
AGENT_START_S = 1.0
BYTES_A_TRIAL = 20_000


@dataclass(frozen=True)
class Plan:
    """The trials of a study, the seconds of those that have no result yet, and the seconds of each phase.

    `looks_s` are, where the repeats end at a wished precision, the seconds until each look.
    """

    trials: list[TrialKey]
    missing: dict[TrialKey, float]
    phases: dict[Phase, float]
    looks_s: Mapping[int, float]

    @property
    def expected_s(self) -> float:
        """The seconds of all phases."""
        return sum(self.phases.values())

    def describe(self, config: Config) -> str:
        """The plan in a few lines for the terminal."""
        points = list(dict.fromkeys(f"{cell.generator} {cell.point.name}" for cell in study_cells(config)))
        lines = [
            f"study      {config.study}",
            f"models     {', '.join(config.models)}",
            f"systems    {', '.join(config.every_system)}",
            f"load       {', '.join(points)}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s window",
            *([f"from       {', '.join(config.load_hosts)} to {config.server_address}"] if config.load_hosts else []),
            f"trials     {len(self.trials)} ({config.planned_repeats} repeats), {len(self.missing)} still to make",
            *([f"looks      {self._describe_looks(config)}"] if self.looks_s else []),
            f"expected   {format_duration(self.expected_s)}, {len(self.missing) * BYTES_A_TRIAL / 1e6:.1f} MB: "
            + format_phases(self.phases),
        ]
        return "\n".join(lines)

    def _describe_looks(self, config: Config) -> str:
        looks = [f"{format_duration(seconds)} ({blocks} blocks)" for blocks, seconds in self.looks_s.items()]
        return f"done after {', '.join(looks)}: as soon as ±{config.precision} is reached"


@dataclass(frozen=True)
class CalibrationPlan:
    """What of the instrument is to be calibrated, and the seconds of each phase."""

    generators: list[str]
    has_meter: bool
    has_agreement: bool
    phases: dict[Phase, float]

    @property
    def missing(self) -> dict[TrialKey, float]:
        """No trials."""
        return {}

    @property
    def expected_s(self) -> float:
        """The seconds of all phases."""
        return sum(self.phases.values())

    def describe(self, config: Config) -> str:
        """The plan in a few lines for the terminal."""
        parts = [f"generator {name}" for name in self.generators]
        parts += ["the meter"] if self.has_meter else []
        parts += ["the agreement of the generators"] if self.has_agreement else []
        return "\n".join(
            [
                f"study      {config.study}",
                f"calibrate  {', '.join(parts) or 'nothing'}",
                f"expected   {format_duration(self.expected_s)}: {format_phases(self.phases)}",
            ]
        )


def is_missing(path: Path) -> bool:
    """Whether a file is still to be made."""
    return not path.exists()


def make_plan(config: Config, paths: StudyPaths, machine: KnownMachine) -> Plan:
    """Compare the config with the files that exist."""
    keys = trial_keys(config)
    trial_s = _trial_seconds(config, paths, machine)
    missing = {key: trial_s(key) for key in keys if is_missing(trial_result(paths, key))}
    has_tables = not missing and not is_missing(paths.summary)
    phases = {
        **_before_trials(config, paths, machine),
        Phase.CALIBRATE: _calibration_s(config, paths, machine, is_missing, has_agreement=False),
        Phase.TRIALS: sum(missing.values()),
        Phase.REPORT: 0.0 if has_tables else REPORT_S,
    }
    paced = {phase: seconds * machine.pace.get(phase, 1.0) for phase, seconds in phases.items()}
    pace = machine.pace.get(Phase.TRIALS, 1.0)
    paced_s = {key: seconds * pace for key, seconds in missing.items()}
    return Plan(keys, paced_s, paced, _looks_s(config, paced, paced_s, JOB_START_S * pace))


def _looks_s(
    config: Config, phases: Mapping[Phase, float], trials_s: Mapping[TrialKey, float], not_needed_s: float
) -> dict[int, float]:
    """The seconds until all is done where a look ends the repeats, with the jobs that are not needed then."""
    if config.precision is None:
        return {}
    beside_s = sum(seconds for phase, seconds in phases.items() if phase is not Phase.TRIALS)
    return {
        blocks: beside_s + sum(s if key.repeat <= blocks else not_needed_s for key, s in trials_s.items())
        for blocks in LOOKS
    }


def plan_calibration(
    config: Config, paths: StudyPaths, machine: KnownMachine, is_to_make: Callable[[Path], bool]
) -> CalibrationPlan:
    """The calibrations of a study whose file `is_to_make`."""
    has_agreement = is_to_make(paths.agreement_calibration)
    seconds = _calibration_s(config, paths, machine, is_to_make, has_agreement)
    return CalibrationPlan(
        [name for name in config.every_generator if is_to_make(paths.calibration(name))],
        is_to_make(paths.meter_calibration),
        has_agreement,
        {Phase.CALIBRATE: seconds * machine.pace.get(Phase.CALIBRATE, 1.0)},
    )


def _before_trials(config: Config, paths: StudyPaths, machine: KnownMachine) -> dict[Phase, float]:
    """Models and builds, which share the CPUs."""
    parallel = min(machine.cpus, MOST_PARALLEL)
    unbuilt = [model for model in config.models if is_missing(paths.compiled(model) / MANIFEST)]
    systems = [
        (model, system)
        for model in config.models
        for system in config.every_system
        if is_missing(paths.check(model, system))
    ]
    servers = {precompiled_server(config, system) for _, system in systems if system not in machine.unavailable} - {
        None,
        *machine.compiled,
    }
    kinds = {config.generator_catalogue[name].kind for name in config.every_generator}
    work_s = (TRAIN_S + COMPILE_MODEL_S) * len(unbuilt)
    work_s += COMPILE_SERVER_S * len(servers) + (PACKAGE_S + CHECK_S) * len(systems)
    if GeneratorKind.NATIVE in kinds and NATIVE_GENERATOR.name not in machine.compiled:
        work_s += COMPILE_GENERATOR_S
    if CALIBRATION not in machine.compiled:
        work_s += COMPILE_CALIBRATION_S
    # A model is compiled after its training; what is checked last was linked after that.
    prepare_s = (TRAIN_S + COMPILE_MODEL_S) * max(1.0, len(unbuilt) / parallel) if unbuilt else 0.0
    last_s = PACKAGE_S + CHECK_S if systems else 0.0
    return {Phase.PREPARE: prepare_s, Phase.BUILD: max(work_s / parallel - prepare_s, last_s)}


def _calibration_s(
    config: Config, paths: StudyPaths, machine: KnownMachine, is_to_make: Callable[[Path], bool], has_agreement: bool
) -> float:
    made = [name for name in config.every_generator if is_to_make(paths.calibration(name))]
    new_kinds = {
        config.generator_catalogue[name].kind
        for name in made
        if f"truth-{config.generator_catalogue[name].kind}" not in machine.calibrated
    }
    seconds = CEILING_S * len(made) + CALIBRATION_S_A_GENERATOR * len(new_kinds)
    seconds += CALIBRATION_S_A_HOST * len(config.load_hosts) * len(made)
    if is_to_make(paths.meter_calibration) and "meter" not in machine.calibrated:
        seconds += CALIBRATION_S_METER
    if has_agreement and "agreement" not in machine.calibrated:
        seconds += CALIBRATION_S_AGREEMENT
    return seconds


def _trial_seconds(config: Config, paths: StudyPaths, machine: KnownMachine) -> Callable[[TrialKey], float]:
    """How long a trial takes: nothing but its job where its system cannot be built, is not needed, or takes one row."""
    waiting = stand_ins(config)

    def is_there(model: str, system: str) -> bool:
        manifest = paths.build(model, system) / MANIFEST
        if manifest.exists():
            return bool(read_json(manifest)["status"] == BuildStatus.BUILT)
        return system not in machine.unavailable

    def seconds(key: TrialKey) -> float:
        replaced = waiting.get(key.cell)
        is_measured = (
            is_there(key.model, key.system)
            and (replaced is None or not is_there(key.model, replaced))
            and _takes_rows(config, key)
        )
        return JOB_START_S + (_measured_s(config, key) if is_measured else 0.0)

    return seconds


def _takes_rows(config: Config, key: TrialKey) -> bool:
    """Whether the server takes as many rows a request as the load point has."""
    if parse_load_point(key.load_point).rows == 1:
        return True
    system = config.system_catalogue[key.system]
    rows = system.rows if isinstance(system, EndpointDefinition) else load_server_manifest(system.server).rows
    return rows is RowsPerRequest.MANY


def _measured_s(config: Config, key: TrialKey) -> float:
    """A trial's seconds without its job's start."""
    kind = config.generator_catalogue[key.generator].kind
    start_s = _server_start_s(key.system, config.system_catalogue[key.system]) + GENERATOR_START_S.get(kind, 0.0)
    start_s += AGENT_START_S if config.load_hosts else 0.0
    return start_s + config.warmup_s + config.duration_s + parse_load_point(key.load_point).search_s


def _server_start_s(name: str, system: System) -> float:
    if isinstance(system, EndpointDefinition):
        return 0.0
    server = fitting_manifest(name, system)
    return server.start_s or BUILDERS[server.builder].start_s + INFERENCE_START_S[system.inference]
