"""What this machine showed before, so that a plan's time is its own: kept in the cache, and replaced by each run."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean

from servebench.build.cmake import server_project
from servebench.build.python_environment import find_requirements, has_environment
from servebench.build.server_manifest import known_servers
from servebench.calibrate.kept import kept_calibrations
from servebench.calibrate.servers import PROJECT as CALIBRATION_PROGRAMS
from servebench.files import read_json, sha256_parts, write_json
from servebench.generator.native import PROJECT as NATIVE_GENERATOR
from servebench.machine import read_topology
from servebench.node import allocated_node
from servebench.paths import SERVERS
from servebench.words import GeneratorKind, Phase

# Raised where measured.py has other figures: paces are against these.
FIGURES = 2
CMAKE_LISTS = "CMakeLists.txt"
# A phase that is shorter tells nothing of the machine; one that was so far off was stopped, or made half.
LEAST_S = 5.0
PACES = (0.2, 5.0)
# Phases whose pace is a machine's; builds and trials are told by the seconds of each system.
PACED = (Phase.PREPARE, Phase.CALIBRATE, Phase.REPORT)


@dataclass(frozen=True)
class ShownTrials:
    """What trials of a system by a generator showed: the seconds around a window, and how often it was made again."""

    start_s: float
    made_again: float


@dataclass(frozen=True)
class RunShown:
    """What a run showed: the seconds of its phases, of checks by system, and trials by `system/generator`."""

    took: Mapping[Phase, float]
    checks: Mapping[str, float] = field(default_factory=dict)
    trials: Mapping[str, ShownTrials] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class KnownMachine:
    """How this machine differs from the one on which the plan's seconds were measured, and what it keeps.

    `pace` is what a phase took, over what it takes there; `checks` and `trials` are as its last runs showed them;
    `unavailable` are systems that could not be built in the last run; `compiled`, `calibrated` and the `environments`
    of servers are what need not be made again.
    """

    cpus: int = 2
    pace: Mapping[Phase, float] = field(default_factory=dict)
    checks: Mapping[str, float] = field(default_factory=dict)
    trials: Mapping[str, ShownTrials] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()
    compiled: frozenset[str] = frozenset()
    calibrated: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()

    @property
    def made_again(self) -> float:
        """How often a window was made again here, over all systems; 0 where none was measured yet."""
        return fmean(shown.made_again for shown in self.trials.values()) if self.trials else 0.0

    @classmethod
    def read(cls, cache: Path) -> "KnownMachine":
        """What the cache tells of this machine."""
        path = _path(cache)
        raw = read_json(path) if path.exists() else {}
        paces = raw.get("pace", {}) if raw.get("figures") == FIGURES else {}
        compiled = _compiled(cache)
        return cls(
            len(read_topology()),
            {Phase[name]: float(value) for name, value in paces.items()},
            raw.get("checks", {}),
            {name: ShownTrials(**shown) for name, shown in raw.get("trials", {}).items()},
            frozenset(raw.get("unavailable", [])),
            compiled,
            _calibrated(cache, compiled),
            _environments(cache),
        )

    def after(self, expected: Mapping[Phase, float], shown: RunShown) -> "KnownMachine":
        """What is known after a run whose phases were expected to take so many seconds."""
        paces = {
            phase: self.pace.get(phase, 1.0) * shown.took[phase] / expected[phase]
            for phase in PACED
            if expected.get(phase, 0.0) >= LEAST_S and shown.took.get(phase, 0.0) > 0
        }
        bounded = {phase: min(max(pace, PACES[0]), PACES[1]) for phase, pace in paces.items()}
        return replace(
            self,
            pace={**self.pace, **bounded},
            checks={**self.checks, **shown.checks},
            trials={**self.trials, **shown.trials},
            unavailable=shown.unavailable,
        )

    def write(self, cache: Path) -> None:
        """Keep what a run showed."""
        found = {
            "figures": FIGURES,
            "pace": {phase.name: round(value, 3) for phase, value in self.pace.items()},
            "checks": {name: round(value, 2) for name, value in sorted(self.checks.items())},
            "trials": {name: asdict(shown) for name, shown in sorted(self.trials.items())},
            "unavailable": sorted(self.unavailable),
        }
        write_json(_path(cache), found)


def _compiled(cache: Path) -> frozenset[str]:
    servers = [server_project(SERVERS / name) for name in known_servers() if (SERVERS / name / CMAKE_LISTS).exists()]
    projects = [*servers, NATIVE_GENERATOR, CALIBRATION_PROGRAMS]
    return frozenset(project.name for project in projects if project.is_compiled(cache))


def _calibrated(cache: Path, compiled: frozenset[str]) -> frozenset[str]:
    """What another generator was calibrated for is void, its programs being others."""
    kept = kept_calibrations(cache)
    is_native_kept = NATIVE_GENERATOR.name in compiled
    return frozenset(name for name in kept if is_native_kept or not name.endswith(f"-{GeneratorKind.NATIVE}"))


def _environments(cache: Path) -> frozenset[str]:
    wanted = {name: find_requirements(SERVERS / name) for name in known_servers()}
    return frozenset(name for name, path in wanted.items() if path is not None and has_environment(path, cache))


def _path(cache: Path) -> Path:
    identity = sha256_parts([allocated_node() or platform.node(), str(len(read_topology()))])
    return cache / "machine" / f"{identity[:16]}.json"
