"""Which trial: a cell of the study and a repeat of it."""

from pydantic import BaseModel, ConfigDict


class TrialKey(BaseModel):
    """The names that make a trial's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    model: str
    system: str
    generator: str
    load_point: str
    repeat: int

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """Model, system, generator and load point: what the repeats are of."""
        return self.model, self.system, self.generator, self.load_point
