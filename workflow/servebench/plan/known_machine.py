"""What this machine showed before, so that a plan's time is its own: kept in the cache, and replaced by each run."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from servebench.build.cmake_project import compiled_projects
from servebench.calibrate.kept import kept_calibrations
from servebench.files import read_json, sha256_parts, write_json
from servebench.machine import read_topology
from servebench.node import allocated_node
from servebench.words import Phase

# A phase that is shorter tells nothing of the machine; one that was so far off was stopped, or made half.
LEAST_S = 5.0
PACES = (0.2, 5.0)


@dataclass(frozen=True)
class KnownMachine:
    """How this machine differs from the one on which the plan's seconds were measured, and what it keeps.

    `pace` is what a phase took, over what it takes there; `unavailable` are systems that could not be built in the last
    run; `compiled` and `calibrated` are what need not be made again.
    """

    cpus: int = 2
    pace: Mapping[Phase, float] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()
    compiled: frozenset[str] = frozenset()
    calibrated: frozenset[str] = frozenset()

    @classmethod
    def read(cls, cache: Path) -> "KnownMachine":
        """What the cache tells of this machine."""
        path = _path(cache)
        raw = read_json(path) if path.exists() else {"pace": {}, "unavailable": []}
        return cls(
            len(read_topology()),
            {Phase[name]: float(value) for name, value in raw["pace"].items()},
            frozenset(raw["unavailable"]),
            compiled_projects(cache),
            kept_calibrations(cache),
        )

    def after(
        self, expected: Mapping[Phase, float], took: Mapping[Phase, float], unavailable: frozenset[str]
    ) -> "KnownMachine":
        """What is known after a run whose phases were expected to take, and took, so many seconds."""
        paces = {
            phase: self.pace.get(phase, 1.0) * took[phase] / expected[phase]
            for phase in took
            if expected.get(phase, 0.0) >= LEAST_S and took[phase] > 0
        }
        bounded = {phase: min(max(pace, PACES[0]), PACES[1]) for phase, pace in paces.items()}
        return KnownMachine(self.cpus, {**self.pace, **bounded}, unavailable, self.compiled, self.calibrated)

    def write(self, cache: Path) -> None:
        """Keep what a run showed."""
        pace = {phase.name: round(value, 3) for phase, value in self.pace.items()}
        write_json(_path(cache), {"pace": pace, "unavailable": sorted(self.unavailable)})


def _path(cache: Path) -> Path:
    identity = sha256_parts([allocated_node() or platform.node(), str(len(read_topology()))])
    return cache / "machine" / f"{identity[:16]}.json"
