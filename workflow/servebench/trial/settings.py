"""What a trial is measured with: everything in the config that changes its measurement, and nothing else."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from servebench.config import LOOPBACK, SSH, Config, GeneratorDefinition, System
from servebench.config_words import with_present_names
from servebench.load_point import AtObjective, parse_load_point
from servebench.model.definition import ModelDefinition
from servebench.trial.key import TrialKey

# Raised whenever a measurement of the same settings could come out otherwise.
INSTRUMENT_VERSION = 4


class TrialSettings(BaseModel):
    """The settings of one trial; `objective` is None at every load point but that of an objective."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    objective: str | None = None
    instrument_version: int
    model: ModelDefinition
    system: System
    generator: GeneratorDefinition
    warmup_s: float
    duration_s: float
    think_time_s: float
    timeout_s: float
    start_timeout_s: float
    seed: int
    decimals: Literal["data", "full"]
    placement: Literal["pinned", "shared"]
    server_cores: int | None
    numeric_threads: int
    # Records of before know none of these: where all is on one machine they are not written.
    load_hosts: list[str] = Field([], exclude_if=lambda value: not value)
    load_host_command: list[str] = Field([*SSH], exclude_if=lambda value: value == SSH)
    server_address: str = Field(LOOPBACK, exclude_if=lambda value: value == LOOPBACK)

    @model_validator(mode="before")
    @classmethod
    def _with_present_names(cls, raw: Any) -> Any:
        """Records of before say `precision` for what is `decimals` now."""
        return with_present_names(raw)

    @classmethod
    def of(cls, config: Config, key: TrialKey) -> "TrialSettings":
        """The settings of a trial of a study."""
        is_at_objective = isinstance(parse_load_point(key.load_point), AtObjective)
        own = {"objective", "instrument_version", "model", "system", "generator"}
        return cls(
            objective=config.objective if is_at_objective else None,
            instrument_version=INSTRUMENT_VERSION,
            model=config.model_catalogue[key.model],
            system=config.system_catalogue[key.system],
            generator=config.generator_catalogue[key.generator],
            **{name: getattr(config, name) for name in cls.model_fields.keys() - own},
        )

    def as_params(self) -> dict[str, Any]:
        """Plain values for the rule's params, where any change measures the trial again: as stable as can be."""
        return self.model_dump(mode="json", exclude=set() if self.objective else {"objective"})
