"""How long a study takes and how much it keeps: printed before it begins.

The seconds are those of two quiet CPUs (measured.py); what this machine showed before replaces them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from servebench.config import Config, inference_of
from servebench.generator.abilities import ABILITIES
from servebench.model.definition import ModelFile
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan import measured
from servebench.plan.before_trials import before_trials
from servebench.plan.cells import study_cells, trial_keys, trial_result
from servebench.plan.changed import describe_changed
from servebench.plan.known_machine import KnownMachine
from servebench.plan.percentiles import percentiles_line
from servebench.plan.trial_seconds import share_made_again, trial_seconds
from servebench.progress import JOB_START_S, format_duration, format_phases
from servebench.thresholds import LOOKS
from servebench.trial.key import TrialKey
from servebench.words import Inference, Phase


@dataclass(frozen=True)
class Plan:
    """The trials of a study, the seconds of those that have no result yet, and the seconds of each phase.

    `to_make` says what is not kept from an earlier study; `most_s` are the seconds of all on a machine that is never
    quiet; `unread` are models of files of which only the run will show which systems can answer them. `looks_s` are,
    where the repeats end at a wished precision, the seconds until each look. `changed` says what the study's last call
    asked otherwise.
    """

    trials: list[TrialKey]
    missing: dict[TrialKey, float]
    phases: dict[Phase, float]
    looks_s: Mapping[int, float]
    to_make: Sequence[str] = ()
    most_s: float = 0.0
    changed: str = ""
    unread: Sequence[str] = ()

    @property
    def expected_s(self) -> float:
        """The seconds of all phases."""
        return sum(self.phases.values())

    def describe(self, config: Config) -> str:
        """The plan in a few lines for the terminal."""
        points = list(dict.fromkeys(f"{cell.generator} {cell.point.name}" for cell in study_cells(config)))
        untold = percentiles_line(config)
        lines = [
            f"study      {config.study}",
            *([f"changed    {self.changed}"] if self.changed else []),
            f"models     {', '.join(config.models)}",
            f"systems    {', '.join(config.every_system)}",
            f"load       {', '.join(points)}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s window",
            *([f"from       {', '.join(config.load_hosts)} to {config.server_address}"] if config.load_hosts else []),
            f"trials     {len(self.trials)} ({config.planned_repeats} repeats), {len(self.missing)} still to make",
            *([f"percentile {untold}"] if untold else []),
            *([f"looks      {self._describe_looks(config)}"] if self.looks_s else []),
            *([f"not kept   {'; '.join(self.to_make)}"] if self.to_make else []),
            f"expected   {format_duration(self.expected_s)}: {format_phases(self.phases)}{self._describe_most()}",
            f"disk       {self._megabytes:.1f} MB of trials; models, builds and environments are not counted",
        ]
        return "\n".join(lines)

    @property
    def _megabytes(self) -> float:
        return len(self.missing) * measured.BYTES_A_TRIAL / 1e6

    def _describe_looks(self, config: Config) -> str:
        looks = [f"{format_duration(seconds)} ({blocks} blocks)" for blocks, seconds in self.looks_s.items()]
        return f"done after {', '.join(looks)}: as soon as ±{config.precision} is reached"

    def _describe_most(self) -> str:
        """What may make another time of it: systems that cannot answer a model, and others who use the machine."""
        less = f"; less if some systems cannot answer {', '.join(self.unread)}" if self.unread else ""
        if self.most_s < self.expected_s + 1:
            return less
        return f"{less}; up to {format_duration(self.most_s)} where others disturb it"


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
    trials = trial_seconds(config, paths, machine, [key for key in keys if is_missing(trial_result(paths, key))])
    share = share_made_again(trials.values())
    missing = {key: trial.total_s(share) for key, trial in trials.items()}
    before = before_trials(config, paths, machine)
    has_tables = not missing and not is_missing(paths.summary)
    phases = {
        **before.phases,
        Phase.CALIBRATE: _calibration_s(config, paths, machine, is_missing, has_agreement=False),
        Phase.TRIALS: sum(missing.values()),
        Phase.REPORT: 0.0 if has_tables else measured.REPORT_S,
    }
    paced = {phase: seconds * machine.pace.get(phase, 1.0) for phase, seconds in phases.items()}
    beside_s = sum(seconds for phase, seconds in paced.items() if phase is not Phase.TRIALS)
    return Plan(
        keys,
        missing,
        paced,
        _looks_s(config, beside_s, missing),
        _to_make(config, paths, machine, before.environments, before.compiled),
        beside_s + sum(max(missing[key], trial.most_s) for key, trial in trials.items()) if missing else 0.0,
        describe_changed(config, paths),
        _unread(config, paths) if missing else [],
    )


def _unread(config: Config, paths: StudyPaths) -> list[str]:
    """The models of files that no call has read: whether compiled code or ONNX Runtime takes them shows only then."""
    files = [name for name in config.models if isinstance(config.model_catalogue[name], ModelFile)]
    others = {inference_of(config.system_catalogue[name]) for name in config.every_system} - {None, Inference.SKLEARN}
    return [name for name in files if others and is_missing(paths.compiled(name) / MANIFEST)]


def _looks_s(config: Config, beside_s: float, trials_s: Mapping[TrialKey, float]) -> dict[int, float]:
    """The seconds until all is done where a look ends the repeats, with the jobs that are not needed then."""
    if config.precision is None:
        return {}
    return {
        blocks: beside_s + sum(s if key.repeat <= blocks else JOB_START_S for key, s in trials_s.items())
        for blocks in LOOKS
    }


def _to_make(
    config: Config, paths: StudyPaths, machine: KnownMachine, environments: Sequence[str], compiled: Sequence[str]
) -> list[str]:
    """What no earlier study has left, and that takes its time."""
    calibrations = _uncalibrated(config, paths, machine, is_missing)
    parts = {"environments of": environments, "compiled": compiled, "calibrated": list(calibrations)}
    return [f"{title} {', '.join(names)}" for title, names in parts.items() if names]


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


def _uncalibrated(
    config: Config, paths: StudyPaths, machine: KnownMachine, is_to_make: Callable[[Path], bool]
) -> dict[str, float]:
    """The seconds of what is calibrated of a kind of generator, once, and is not kept from an earlier study."""
    made = [name for name in config.every_generator if is_to_make(paths.calibration(name))]
    wanted: dict[str, float] = {}
    for kind in (config.generator_catalogue[name].kind for name in made):
        wanted |= {f"truth-{kind}": measured.TRUTH_S} if ABILITIES[kind].truth is not None else {}
        wanted |= {f"stall-{kind}": measured.STALL_S} if ABILITIES[kind].stall is not None else {}
    if is_to_make(paths.meter_calibration):
        wanted["meter"] = measured.METER_S
    return {name: seconds for name, seconds in wanted.items() if name not in machine.calibrated}


def _calibration_s(
    config: Config, paths: StudyPaths, machine: KnownMachine, is_to_make: Callable[[Path], bool], has_agreement: bool
) -> float:
    """What is not kept, beside each generator's ceiling and a look at what is."""
    generators = sum(is_to_make(paths.calibration(name)) for name in config.every_generator)
    seconds = (measured.CEILING_S + measured.LOAD_HOST_S * len(config.load_hosts)) * generators
    seconds += sum(_uncalibrated(config, paths, machine, is_to_make).values())
    if is_to_make(paths.meter_calibration) and "meter" in machine.calibrated:
        seconds += measured.METER_KEPT_S
    if has_agreement and "agreement" not in machine.calibrated:
        seconds += measured.AGREEMENT_S
    return seconds
