"""How long a study takes and how much it keeps: printed before it begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from servebench.build.builders import BUILDERS
from servebench.build.server_manifest import fitting_manifest
from servebench.config import Config
from servebench.load_point import parse_load_point
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.cells import stand_ins, study_cells, trial_keys, trial_result
from servebench.thresholds import LOOKS
from servebench.trial.key import TrialKey

SETUP_S_A_MODEL = 15.0
# A calibration that is not kept from an earlier study.
CALIBRATION_S_A_GENERATOR = 15.0
CALIBRATION_S_METER = 10.0
CALIBRATION_S_AGREEMENT = 90.0
# A trial that finds that it is not needed: Snakemake's own time, and Python's to start.
NOT_NEEDED_S = 0.5
BYTES_A_TRIAL = 20_000


@dataclass(frozen=True)
class Plan:
    """The trials of a study, and those of them that have no result yet; with looks, when each is expected."""

    trials: list[TrialKey]
    missing: list[TrialKey]
    expected_s: float
    looks_s: Mapping[int, float]

    def describe(self, config: Config) -> str:
        """The plan in a few lines for the terminal."""
        points = list(dict.fromkeys(f"{cell.generator} {cell.point.name}" for cell in study_cells(config)))
        lines = [
            f"study      {config.study}",
            f"models     {', '.join(config.models)}",
            f"systems    {', '.join(config.every_system)}",
            f"load       {', '.join(points)}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s window",
            f"trials     {len(self.trials)} ({config.planned_repeats} repeats), {len(self.missing)} still to make",
            *([f"looks      {self._describe_looks(config)}"] if self.looks_s else []),
            f"expected   {format_duration(self.expected_s)}, {len(self.missing) * BYTES_A_TRIAL / 1e6:.1f} MB",
        ]
        return "\n".join(lines)

    def _describe_looks(self, config: Config) -> str:
        looks = [f"{format_duration(seconds)} ({blocks} blocks)" for blocks, seconds in self.looks_s.items()]
        return f"done after {', '.join(looks)}: as soon as ±{config.precision} is reached"


@dataclass(frozen=True)
class CalibrationPlan:
    """What of the instrument is to be calibrated."""

    generators: list[str]
    has_meter: bool
    has_agreement: bool

    @property
    def expected_s(self) -> float:
        """The seconds that it takes, where no earlier study has done the same."""
        meter_s = CALIBRATION_S_METER if self.has_meter else 0.0
        agreement_s = CALIBRATION_S_AGREEMENT if self.has_agreement else 0.0
        return len(self.generators) * CALIBRATION_S_A_GENERATOR + meter_s + agreement_s

    def describe(self, config: Config) -> str:
        """The plan in a few lines for the terminal."""
        parts = [f"generator {name}" for name in self.generators]
        parts += ["the meter"] if self.has_meter else []
        parts += ["the agreement of the generators"] if self.has_agreement else []
        return "\n".join(
            [
                f"study      {config.study}",
                f"calibrate  {', '.join(parts) or 'nothing'}",
                f"expected   {format_duration(self.expected_s)} at most; what an earlier study did is kept",
            ]
        )


def plan_calibration(config: Config, paths: StudyPaths, is_to_make: Callable[[Path], bool]) -> CalibrationPlan:
    """The calibrations of a study whose file `is_to_make`."""
    return CalibrationPlan(
        [name for name in config.every_generator if is_to_make(paths.calibration(name))],
        is_to_make(paths.meter_calibration),
        is_to_make(paths.agreement_calibration),
    )


def is_missing(path: Path) -> bool:
    """Whether a file is still to be made."""
    return not path.exists()


def make_plan(config: Config, paths: StudyPaths) -> Plan:
    """Compare the config with the files that exist."""
    keys = trial_keys(config)
    missing = [key for key in keys if is_missing(trial_result(paths, key))]
    waiting = stand_ins(config)
    # Of a system and its stand-in one is measured, whichever it will be.
    seconds_of = {key: _trial_s(config, key) for key in missing if key.cell not in waiting}
    seconds = 0.0
    for model, system in product(config.models, config.every_system):
        if is_missing(paths.build(model, system) / MANIFEST):
            seconds += BUILDERS[fitting_manifest(system, config.system_catalogue[system]).builder].build_s
    calibration = plan_calibration(config, paths, lambda path: path != paths.agreement_calibration and is_missing(path))
    unbuilt = [model for model in config.models if is_missing(paths.compiled(model) / MANIFEST)]
    seconds += SETUP_S_A_MODEL * len(unbuilt) + calibration.expected_s
    looks_s = {
        blocks: seconds + sum(s if key.repeat <= blocks else NOT_NEEDED_S for key, s in seconds_of.items())
        for blocks in (LOOKS if config.precision is not None else ())
    }
    return Plan(keys, missing, seconds + sum(seconds_of.values()), looks_s)


def _trial_s(config: Config, key: TrialKey) -> float:
    builder = BUILDERS[fitting_manifest(key.system, config.system_catalogue[key.system]).builder]
    search_s = parse_load_point(key.load_point).search_s
    return config.warmup_s + config.duration_s + builder.trial_overhead_s + search_s


def format_duration(seconds: float) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
