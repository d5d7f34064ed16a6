"""The plan: which trials a study has, in which order, which are still to make, and how long they take."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from servebench.build.builders import BUILDERS
from servebench.build.server_manifest import check_system
from servebench.config import Config
from servebench.errors import ServebenchError
from servebench.files import read_json
from servebench.load_point import AtObjective, ClosedLoop, LoadPoint, OpenLoop, ShareOfCapacity, parse_load_point
from servebench.paths import StudyPaths
from servebench.trial.key import TrialKey
from servebench.trial.settings import TrialSettings

ORDER_STEPS = 2**24
SETUP_S_A_MODEL = 15.0
# A calibration that is not kept from an earlier study.
CALIBRATION_S_A_GENERATOR = 40.0
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
        points = list(dict.fromkeys(f"{generator} {point.name}" for _, _, generator, point in cells(config)))
        lines = [
            f"study      {config.study}",
            f"models     {', '.join(config.models)}",
            f"systems    {', '.join(config.every_system)}",
            f"load       {', '.join(points)}; {config.warmup_s:g} s warm-up, {config.duration_s:g} s window",
            f"trials     {len(self.trials)} ({config.repeats} repeats), {len(self.missing)} still to make",
            f"expected   {format_duration(self.expected_s)}, {len(self.missing) * BYTES_A_TRIAL / 1e6:.1f} MB",
        ]
        return "\n".join(lines)


def load_points(users: Sequence[int], rates: Sequence[int | str], has_objective: bool = False) -> list[LoadPoint]:
    """Closed and open load points, in the config's order; the objective last."""
    open_loops = [
        OpenLoop(rate) if isinstance(rate, int) else ShareOfCapacity(int(rate.rstrip("% "))) for rate in rates
    ]
    return [*(ClosedLoop(number) for number in users), *open_loops, *([AtObjective()] if has_objective else [])]


def cells(config: Config) -> list[tuple[str, str, str, LoadPoint]]:
    """Model, system, generator and load point of every cell: the full product, then the further groups."""
    points = load_points(config.users, config.rates, config.objective is not None)
    found = [*product(config.models, config.systems, config.generators, points)]
    for group in config.also:
        found += product(config.models, group.systems, group.generators, load_points(group.users, group.rates))
    return list(dict.fromkeys(found))


def most_connections(config: Config, generator: str) -> int:
    """The most connections that a generator holds in this study."""
    definition = config.generator_catalogue[generator]
    points = [point for _, _, name, point in cells(config) if name == generator]
    return max(point.users if isinstance(point, ClosedLoop) else definition.connections for point in points)


def trial_keys(config: Config) -> list[TrialKey]:
    """Every trial of a study."""
    return [
        TrialKey(model=model, system=system, generator=generator, load_point=point.name, repeat=repeat)
        for model, system, generator, point in cells(config)
        for repeat in range(1, config.repeats + 1)
    ]


def trial_priority(seed: int, key: TrialKey) -> int:
    """Seeded random blocks, one a repeat: a function of the key alone, so that added trials reorder none."""
    cell = f"{seed}/{key.model}/{key.system}/{key.generator}/{key.load_point}/{key.repeat}"
    position = int.from_bytes(hashlib.sha256(cell.encode()).digest()[:3], "big")
    return -(key.repeat * ORDER_STEPS + position)


def make_plan(config: Config, paths: StudyPaths) -> Plan:
    """Compare the config with the files that exist."""
    keys = trial_keys(config)
    missing = [key for key in keys if not _result(paths, key).exists()]
    seconds = sum(_trial_s(config, key) for key in missing)
    for model, system in product(config.models, config.every_system):
        if not (paths.build(model, system) / "manifest.json").exists():
            seconds += BUILDERS[check_system(system, config.system_catalogue[system]).builder].build_s
    unbuilt = [model for model in config.models if not (paths.compiled(model) / "manifest.json").exists()]
    return Plan(keys, missing, seconds + SETUP_S_A_MODEL * len(unbuilt) + _calibration_s(config, paths))


def _calibration_s(config: Config, paths: StudyPaths) -> float:
    uncalibrated = sum(not paths.calibration(name).exists() for name in config.every_generator)
    is_compared = paths.agreement_calibration.exists()
    return uncalibrated * CALIBRATION_S_A_GENERATOR + (0.0 if is_compared else CALIBRATION_S_AGREEMENT)


def _trial_s(config: Config, key: TrialKey) -> float:
    builder = BUILDERS[check_system(key.system, config.system_catalogue[key.system]).builder]
    searched_s = {"share": CAPACITY_S, "objective": SEARCH_S}.get(parse_load_point(key.load_point).loop, 0.0)
    return config.warmup_s + config.duration_s + builder.trial_overhead_s + searched_s


def trial_folder(paths: StudyPaths, key: TrialKey) -> Path:
    """Where a trial's raw files stand."""
    return paths.trial(key.model, key.system, key.generator, key.load_point, key.repeat)


def _result(paths: StudyPaths, key: TrialKey) -> Path:
    return trial_folder(paths, key) / "result.json"


def refuse_changed_settings(config: Config, paths: StudyPaths) -> None:
    """Raise ServebenchError where a trial was measured with other settings than the config now has.

    Without this, Snakemake would delete the raw files and measure them again.
    """
    if config.remeasure:
        return
    for key in trial_keys(config):
        path = _result(paths, key)
        if not path.exists():
            continue
        wanted = TrialSettings.of(config, key).as_params()
        found = read_json(path)["settings"]
        changed = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        if changed:
            name = changed[0]
            raise ServebenchError(
                f"study '{config.study}' has trials that were measured with {name}={found.get(name)}, the config now "
                f"says {wanted.get(name)}: give the study another name (--config study=NAME), or measure its "
                "trials again, which replaces them (--config remeasure=true)"
            )


def format_duration(seconds: float) -> str:
    """Seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
