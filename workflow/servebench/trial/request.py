"""What a trial is asked: its key, its settings and where its files stand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servebench.config import Config, GeneratorDefinition, SystemDefinition
from servebench.load_point import AtObjective, LoadPoint, ShareOfCapacity, parse_load_point
from servebench.machine import Placement
from servebench.objective import Objective
from servebench.trial.load import Load
from servebench.trial.record import INSTRUMENT_VERSION, TrialKey


def trial_settings(config: Config, key: TrialKey) -> dict[str, Any]:
    """Everything in the config that changes this trial's measurement, and nothing else."""
    searched = {"objective": config.objective} if parse_load_point(key.load_point).loop == "objective" else {}
    return {
        **searched,
        "instrument_version": INSTRUMENT_VERSION,
        "model": config.model_catalogue[key.model].model_dump(mode="json"),
        "system": config.system_catalogue[key.system].model_dump(mode="json"),
        "generator": config.generator_catalogue[key.generator].model_dump(mode="json"),
        **{
            name: getattr(config, name)
            for name in (
                "warmup_s",
                "duration_s",
                "think_time_s",
                "timeout_s",
                "start_timeout_s",
                "seed",
                "precision",
                "placement",
                "server_cores",
                "numeric_threads",
            )
        },
    }


@dataclass(frozen=True)
class TrialRequest:
    """One trial to make. `folder` receives the raw files, `failed_logs` the logs of a failed job."""

    study: str
    campaign: str
    key: TrialKey
    settings: dict[str, Any]
    package: Path
    generator_folder: Path
    model: Path
    folder: Path
    failed_logs: Path

    @property
    def system(self) -> SystemDefinition:
        """The system's definition."""
        return SystemDefinition.model_validate(self.settings["system"])

    @property
    def generator(self) -> GeneratorDefinition:
        """The generator's definition."""
        return GeneratorDefinition.model_validate(self.settings["generator"])

    @property
    def is_searched(self) -> bool:
        """Whether the rate depends on what the system can do."""
        return isinstance(self.load_point, ShareOfCapacity | AtObjective)

    @property
    def objective(self) -> Objective:
        """The objective of a trial at it."""
        return Objective.parse(self.settings["objective"])

    def load(self, placement: Placement, point: LoadPoint) -> Load:
        """What the generator is to send at a load point."""
        return Load(
            generator=self.generator,
            generator_folder=self.generator_folder,
            model=self.model,
            point=point,
            cpus=placement.generator if placement.is_pinned else None,
            cpu_count=len(placement.generator),
            is_shared=placement.is_shared,
            seed=self.settings["seed"] + self.key.repeat,
            **{name: self.settings[name] for name in ("warmup_s", "duration_s", "timeout_s", "think_time_s")},
        )

    @property
    def load_point(self) -> LoadPoint:
        """The load point."""
        return parse_load_point(self.key.load_point)
