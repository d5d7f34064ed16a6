"""How long a study takes and how much it keeps: printed before it begins."""

from dataclasses import dataclass
from itertools import product
from typing import assert_never

from servebench.build.builders import BUILDERS
from servebench.build.server_manifest import check_system
from servebench.config import Config
from servebench.load_point import AtObjective, ClosedLoop, LoadPoint, OpenLoop, ShareOfCapacity, parse_load_point
from servebench.paths import MANIFEST, StudyPaths
from servebench.plan.cells import stand_ins, study_cells, trial_keys, trial_result
from servebench.trial.key import TrialKey

SETUP_S_A_MODEL = 15.0
# A calibration that is not kept from an earlier study.
CALIBRATION_S_A_GENERATOR = 40.0
CALIBRATION_S_METER = 10.0
CALIBRATION_S_AGREEMENT = 90.0
# What a trial measures before its window: its capacity, or the rate that keeps an objective.
CAPACITY_S = 3.0
SEARCH_S = 40.0
BYTES_A_TRIAL = 20_000


@dataclass(frozen=True)
class Plan:
    """The trials of a study, and those of them that have no result yet."""

    trials: list[TrialKey]
    missing: list[TrialKey]
    expected_s: float

    def describe(self, config: Config) -> str:
        """The plan in a few lines for the terminal."""
        points = list(dict.fromkeys(f"{cell.generator} {cell.point.name}" for cell in study_cells(config)))
        lines = [
            f"study      {config.study}",
            f"models     {', '.join(config.models)}",
            f"systems    {', '.join(config.every_system)}",
            f"load       {', '.join(points)}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s window",
            f"trials     {len(self.trials)} ({config.repeats} repeats), {len(self.missing)} still to make",
            f"expected   {format_duration(self.expected_s)}, {len(self.missing) * BYTES_A_TRIAL / 1e6:.1f} MB",
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class CalibrationPlan:
    """What of the instrument is still to be calibrated."""

    generators: list[str]
    is_metered: bool
    is_compared: bool

    @property
    def expected_s(self) -> float:
        """The seconds that it takes, where no earlier study has done the same."""
        meter_s = 0.0 if self.is_metered else CALIBRATION_S_METER
        agreement_s = 0.0 if self.is_compared else CALIBRATION_S_AGREEMENT
        return len(self.generators) * CALIBRATION_S_A_GENERATOR + meter_s + agreement_s

    def describe(self, config: Config) -> str:
        """The plan in a few lines for the terminal."""
        parts = [f"generator {name}" for name in self.generators]
        parts += [] if self.is_metered else ["the meter"]
        parts += [] if self.is_compared else ["the agreement of the generators"]
        return "\n".join(
            [
                f"study      {config.study}",
                f"calibrate  {', '.join(parts) or 'nothing'}",
                f"expected   {format_duration(self.expected_s)} at most; what an earlier study did is kept",
            ]
        )


def plan_calibration(config: Config, paths: StudyPaths) -> CalibrationPlan:
    """Compare the config with the calibrations that exist."""
    return CalibrationPlan(
        [name for name in config.every_generator if not paths.calibration(name).exists()],
        paths.meter_calibration.exists(),
        paths.agreement_calibration.exists(),
    )


def make_plan(config: Config, paths: StudyPaths) -> Plan:
    """Compare the config with the files that exist."""
    keys = trial_keys(config)
    missing = [key for key in keys if not trial_result(paths, key).exists()]
    waiting = stand_ins(config)
    # Of a system and its stand-in one is measured, whichever it will be.
    seconds = sum(_trial_s(config, key) for key in missing if key.cell not in waiting)
    for model, system in product(config.models, config.every_system):
        if not (paths.build(model, system) / MANIFEST).exists():
            seconds += BUILDERS[check_system(system, config.system_catalogue[system]).builder].build_s
    unbuilt = [model for model in config.models if not (paths.compiled(model) / MANIFEST).exists()]
    return Plan(keys, missing, seconds + SETUP_S_A_MODEL * len(unbuilt) + plan_calibration(config, paths).expected_s)


def _trial_s(config: Config, key: TrialKey) -> float:
    builder = BUILDERS[check_system(key.system, config.system_catalogue[key.system]).builder]
    searched_s = _search_s(parse_load_point(key.load_point))
    return config.warmup_s + config.duration_s + builder.trial_overhead_s + searched_s


def _search_s(point: LoadPoint) -> float:
    match point:
        case ClosedLoop() | OpenLoop():
            return 0.0
        case ShareOfCapacity():
            return CAPACITY_S
        case AtObjective():
            return SEARCH_S
        case _:
            assert_never(point)


def format_duration(seconds: float) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
