"""In what the measured systems deviate from the contract or from each other: as declared, and as their checks found."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import BaseModel

from servebench.paths import MANIFEST
from servebench.protocol.description import SERVEBENCH
from servebench.report.data import StudyData
from servebench.report.foreign import Told
from servebench.report.stage_file import read_stage_file

DECLARED = "Where a server does otherwise than HTTP asks, or than the others here, as its own files say:"

FOUND = (
    "These systems promise golden answers and health, and no more of the contract. Their checks failed in these cases "
    "(what came instead stands in `check/`; null stood in a column that has none in the model's sample):"
)

SPOKEN = (
    "These systems are asked by another protocol than our own. Their checks asked for golden answers and health, and "
    "for nothing else of the contract:"
)


class _Build(BaseModel):
    """What the report says of a build's manifest; those of before version 0.2 declare nothing."""

    deviations: list[Told] = []


class _Found(BaseModel):
    """A case that a check failed, and was allowed to fail."""

    case: Told


class _Check(BaseModel):
    """What the report says of a check; those of before found nothing that they allowed, by our own protocol."""

    found_deviations: list[_Found] = []
    protocol: Told = SERVEBENCH


def deviations(data: StudyData) -> str:
    """One line a deviation, with the measured systems that have it; empty where none has any."""
    parts = []
    if declared := _lines(data, _declared):
        parts += ["## Declared deviations", DECLARED, declared]
    if spoken := _lines(data, _spoken):
        parts += ["## Protocols", SPOKEN, spoken]
    if found := _lines(data, _found):
        parts += ["## Found deviations", FOUND, found]
    return "\n\n".join(parts)


def _lines(data: StudyData, texts_of: Callable[[StudyData, str, str], Iterable[str]]) -> str:
    """A line each text, behind the systems of which it is said, and their models where it is not said of all."""
    models_of: dict[str, list[str]] = {}
    said_of: dict[str, dict[str, list[str]]] = {}
    for model, system in data.measured_cells[["model", "system"]].drop_duplicates().itertuples(index=False):
        models_of.setdefault(str(system), []).append(str(model))
        for text in texts_of(data, str(model), str(system)):
            said_of.setdefault(text, {}).setdefault(str(system), []).append(str(model))
    return "\n".join(f"- {', '.join(_named(systems, models_of))}: {text}" for text, systems in said_of.items())


def _named(systems: Mapping[str, Sequence[str]], models_of: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        f"`{system}`" if models == models_of[system] else f"`{system}` with {', '.join(models)}"
        for system, models in systems.items()
    ]


def _declared(data: StudyData, model: str, system: str) -> list[str]:
    path = data.paths.build(model, system) / MANIFEST
    return read_stage_file(path, _Build).deviations if path.exists() else []


def _spoken(data: StudyData, model: str, system: str) -> list[str]:
    path = data.paths.check(model, system)
    protocol = read_stage_file(path, _Check).protocol if path.exists() else SERVEBENCH
    return [] if protocol == SERVEBENCH else [f"`{protocol}`"]


def _found(data: StudyData, model: str, system: str) -> list[str]:
    """All cases as one text: systems of one server fail in the same."""
    path = data.paths.check(model, system)
    cases = [found.case for found in read_stage_file(path, _Check).found_deviations] if path.exists() else []
    return [", ".join(cases)] if cases else []
