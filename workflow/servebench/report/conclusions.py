"""conclusions.json: every claim of a study as data, for other programs; its numbers are the summary's own."""

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from servebench.analyse.criteria import Criteria
from servebench.files import write_json
from servebench.paths import StudyPaths
from servebench.report.answer import Answer, Findings, Identity, answers_of, identity
from servebench.report.answer.conclusion import Conclusion
from servebench.report.data import StudyData, load_study


class NotMeasured(BaseModel):
    """A cell that has no figures, why, and what would help."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    model: str
    system: str
    generator: str
    load_point: str
    reason: str | None
    remedy: str | None


class Conclusions(BaseModel):
    """What a study concludes, on which machine, and how sure."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    identity: Identity = Field(description="which study, machine, day and code; empty where it is not known")
    confidence: float = Field(description="of every interval, 0 to 1")
    smallest_effect: float = Field(description="two systems that differ by a smaller share count as the same")
    smallest_effect_memory: float = Field(description="the same, for memory")
    price_per_cpu_hour: float | None = Field(description="as the config says")
    answers: list[Answer] = Field(description="what the page says first, a model each")
    conclusions: list[Conclusion]
    not_measured: list[NotMeasured]


def conclusions_of(data: StudyData) -> Conclusions:
    """Those of a study."""
    criteria, findings = Criteria.of(data.config), Findings.of(data)
    return Conclusions(
        identity=identity(data),
        confidence=criteria.confidence,
        smallest_effect=criteria.smallest_effect,
        smallest_effect_memory=criteria.smallest_effect_memory,
        price_per_cpu_hour=data.config.price_per_cpu_hour,
        answers=answers_of(data, findings),
        conclusions=findings.every,
        not_measured=_not_measured(data.cells),
    )


def write_conclusions(paths: StudyPaths) -> None:
    """Write those of the trials that are in the tables."""
    write_json(paths.conclusions, conclusions_of(load_study(paths)).model_dump(mode="json"))


def _not_measured(cells: pd.DataFrame) -> list[NotMeasured]:
    names = list(NotMeasured.model_fields)
    absent = cells[cells["repeats"] == 0]
    return [
        NotMeasured.model_validate({name: None if pd.isna(row[name]) else row[name] for name in names})
        for _, row in absent.iterrows()
    ]
