"""A study as large as wished, of recorded trials: each is one of them, multiplied with seeded noise.

A trial's noise depends on its own name alone, so that a study of more repeats has the same trials and further ones.
"""

import json
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from servebench.analyse.raw import RawTrial, read_trials
from servebench.archive.raw import unpack_raw
from servebench.bench_analysis.size import Size
from servebench.config import Config, dump_config, load_config
from servebench.errors import ServebenchError
from servebench.files import read_json, write_json, write_text
from servebench.histogram import histogram_of, pairs_of, write_hlog
from servebench.load_point import parse_load_point
from servebench.paths import LATENCY, MANIFEST, RESOURCES, RESULT, SERIES, StudyPaths
from servebench.plan.cells import trial_keys
from servebench.trial.key import TrialKey
from servebench.trial.settings import TrialSettings
from servebench.trial.store import SERIES_HEADER

SEED = 1
# The spreads of logarithms: of a system, of a block, of a trial.
SYSTEM_SPREAD, BLOCK_SPREAD, TRIAL_SPREAD = 0.3, 0.02, 0.02
SECONDS_A_TRIAL = 10.0


@dataclass(frozen=True)
class Origin:
    """A recorded trial of a closed loop, with its users and its latencies as (nanoseconds, count)."""

    trial: RawTrial
    users: int
    latencies_ns: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Recorded:
    """A study that was measured: its configuration, its files, and of each system what its first generator measured."""

    config: Config
    paths: StudyPaths
    origins: dict[str, list[Origin]]

    @classmethod
    def unpacked(cls, archive: Path, folder: Path) -> "Recorded":
        """That of an archive of raw files; raises ServebenchError where it has no trial that one can be made of."""
        unpack_raw(archive, folder)
        paths = StudyPaths(folder)
        config = load_config(paths.config)
        origins: dict[str, list[Origin]] = {}
        for trial in read_trials(sorted(folder.glob(f"trials/*/*/{config.generators[0]}/*/*/{RESULT}"))):
            users = parse_load_point(trial.record.key.load_point).users
            if trial.is_measured and users is not None:
                origin = Origin(trial, users, tuple(pairs_of(trial.latencies())))
                origins.setdefault(trial.record.key.system, []).append(origin)
        if not origins:
            raise ServebenchError(f"{archive} has no measured trial of a closed loop: give another study")
        return cls(config, paths, origins)

    def named(self, size: Size) -> dict[str, str]:
        """The systems of a forged study by name, each with the recorded one that it is made of."""
        systems = list(self.origins)
        return {
            f"{systems[number % len(systems)]}-{number // len(systems) + 1}": systems[number % len(systems)]
            for number in range(size.systems)
        }


def forged_config(recorded: Recorded, study: str, size: Size) -> Config:
    """The configuration of a study of this size: the recorded systems again and again, under names of their own."""
    raw = recorded.config.model_dump(mode="json")
    catalogue = {name: raw["system_catalogue"][origin] for name, origin in recorded.named(size).items()}
    changes = {
        "study": study,
        "systems": list(catalogue),
        "generators": recorded.config.generators[:1],
        "users": size.users,
        "rates": [],
        "also": [],
        "repeats": size.repeats,
        "system_catalogue": catalogue,
    }
    return Config.model_validate(raw | changes)


def forge_study(recorded: Recorded, config: Config, size: Size, paths: StudyPaths) -> None:
    """Write configuration, trials, and what the report reads beside them."""
    write_text(paths.config, dump_config(config))
    names = recorded.named(size)
    _copy_what_stands_beside(recorded, names, paths)
    # Block by block, as they are measured.
    for number, key in enumerate(sorted(trial_keys(config), key=lambda key: key.repeat)):
        origins = recorded.origins[names[key.system]]
        _forge_trial(origins[key.repeat % len(origins)], config, key, SECONDS_A_TRIAL * number, paths)


def _copy_what_stands_beside(recorded: Recorded, names: dict[str, str], paths: StudyPaths) -> None:
    for model in recorded.config.models:
        for name, origin in names.items():
            manifest = read_json(recorded.paths.build(model, origin) / MANIFEST)
            write_json(paths.build(model, name) / MANIFEST, {**manifest, "system": name})
            write_json(paths.check(model, name), read_json(recorded.paths.check(model, origin)))
    for part in ("calibration", "generators", "models"):
        for source in sorted((recorded.paths.root / part).rglob("*.json")):
            write_text(paths.root / source.relative_to(recorded.paths.root), source.read_text(encoding="utf-8"))


def _forge_trial(origin: Origin, config: Config, key: TrialKey, after_s: float, paths: StudyPaths) -> None:
    """Write one trial's raw files."""
    users = parse_load_point(key.load_point).users
    assert users is not None
    faster = _noise(key)
    # More users wait longer for each other, by Little's law.
    slower = users / origin.users / faster
    started_s = origin.trial.record.started_unix_s + after_s
    folder = paths.trial(key.model, key.system, key.generator, key.load_point, key.repeat)
    folder.mkdir(parents=True, exist_ok=True)
    histogram = histogram_of((round(ns * slower), max(1, round(count * faster))) for ns, count in origin.latencies_ns)
    write_hlog(folder / LATENCY, histogram, started_s, config.duration_s)
    (folder / SERIES).write_text(_series(origin.trial, faster, slower), encoding="utf-8")
    (folder / RESOURCES).write_bytes((origin.trial.folder / RESOURCES).read_bytes())
    record = _record(origin.trial, faster, slower) | {
        "study": config.study,
        "campaign": "forged",
        "key": key.model_dump(mode="json"),
        "settings": TrialSettings.of(config, key).as_params(),
        "started_at": datetime.fromtimestamp(started_s, UTC).isoformat(timespec="milliseconds"),
        "started_unix_s": started_s,
    }
    (folder / RESULT).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _noise(key: TrialKey) -> float:
    """How much more a trial serves than the one that it is forged from, by its system, its block and itself."""
    parts = (
        (SYSTEM_SPREAD, key.system),
        (BLOCK_SPREAD, str(key.repeat)),
        (TRIAL_SPREAD, f"{key.system} {key.load_point} {key.repeat}"),
    )
    return math.exp(sum(random.Random(f"{SEED} {name}").gauss(0, spread) for spread, name in parts))


def _record(trial: RawTrial, faster: float, slower: float) -> dict[str, Any]:
    record = trial.record.model_dump(mode="json")
    load, server = record["load"], record["server"]
    load |= {name: value * slower for name, value in load.items() if name.startswith("latency_") and value is not None}
    load |= {"requests": round(load["requests"] * faster), "throughput_rps": load["throughput_rps"] * faster}
    server["cpu_us_per_request"] /= faster
    return record


def _series(trial: RawTrial, faster: float, slower: float) -> str:
    """The seconds of the window: more answers, each as much slower."""
    slowest = [f"{value * slower:.6f}" for value in trial.slowest_ms() or []]
    good = [round(count * faster) for count in trial.good_answers()]
    rows = [(second, count, 0, slowest[second] if slowest else "") for second, count in enumerate(good)]
    return "".join(",".join(map(str, row)) + "\n" for row in (SERIES_HEADER, *rows))
