"""What a trial is asked: its key, its settings and where its files stand."""

from dataclasses import dataclass
from pathlib import Path

from servebench.config import Arrivals
from servebench.generator.abilities import ABILITIES
from servebench.load_point import DrivenPoint, LoadPoint, parse_load_point
from servebench.machine import Placement
from servebench.objective import Objective
from servebench.trial.key import TrialKey
from servebench.trial.load_shares import Load
from servebench.trial.record import Look
from servebench.trial.settings import TrialSettings


@dataclass(frozen=True)
class TrialRequest:
    """One trial to make. `folder` receives the raw files, `failed_logs` the logs of a failed job.

    `wire` is the folder of what is sent, `replaced` the package of the system that this one stands in for: it is
    measured only if that was not built.
    `look` is the look that found precision enough without it, if one did.
    `lost_on` are the nodes that failed while they made it, before.
    """

    study: str
    campaign: str
    key: TrialKey
    settings: TrialSettings
    package: Path
    generator_folder: Path
    wire: Path
    folder: Path
    failed_logs: Path
    replaced: Path | None = None
    look: Look | None = None
    lost_on: tuple[str, ...] = ()

    @property
    def load_point(self) -> LoadPoint:
        """The load point."""
        return parse_load_point(self.key.load_point)

    @property
    def objective(self) -> Objective:
        """The objective of a trial at it."""
        assert self.settings.objective is not None
        return Objective.parse(self.settings.objective)

    @property
    def arrivals(self) -> Arrivals:
        """How the requests of an open loop are spaced.

        At an objective at random, where the generator can: users do not take turns, and evenly spaced requests keep a
        p99 up to a rate that is 1.1 to 3 times as high (tests/unit/test_arrivals.py).
        """
        generator = self.settings.generator
        if self.load_point.keeps_objective and ABILITIES[generator.kind].has_poisson_arrivals:
            return "poisson"
        return generator.arrivals

    def load(self, placement: Placement, point: DrivenPoint) -> Load:
        """What the generator is to send at a load point."""
        settings = self.settings
        return Load(
            generator=settings.generator.model_copy(update={"arrivals": self.arrivals}),
            generator_folder=self.generator_folder,
            wire=self.wire,
            point=point,
            cpus=placement.generator if placement.is_pinned else None,
            cpu_count=len(placement.generator),
            is_shared=placement.is_shared,
            seed=settings.seed + self.key.repeat,
            warmup_s=settings.warmup_s,
            duration_s=settings.duration_s,
            timeout_s=settings.timeout_s,
            think_time_s=settings.think_time_s,
        )
