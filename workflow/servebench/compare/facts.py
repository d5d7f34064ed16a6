"""What a study says of what was around its figures, as one flat list of facts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from servebench.analyse.rows import CELL
from servebench.files import read_json
from servebench.paths import RESULT
from servebench.report.data import StudyData
from servebench.trial.record import TrialRecord, read_record

# What is another at each moment, or says nothing of how fast anything is.
PASSING_OF_MACHINE = {"load_1min"}
PASSING_OF_CONFIG = {"study", "remeasure"}
PASSING_OF_HEALTH = {"status"}
CATALOGUES = ("model_catalogue", "system_catalogue", "generator_catalogue")


@dataclass(frozen=True)
class FactName:
    """What a fact is of: its kind, its name, and its system, None where it is the study's."""

    kind: str
    name: str
    system: str | None = None


def facts_of(data: StudyData) -> dict[FactName, str]:
    """Every fact of a study; where its trials differ in one, all values with a stroke between."""
    found: dict[FactName, dict[str, None]] = {}
    for name, value in [*_of_config(data), *_of_trials(data), *_of_provenance(data)]:
        found.setdefault(name, {})[_text(value)] = None
    return {name: " / ".join(values) for name, values in found.items()}


def records_of(data: StudyData) -> list[TrialRecord]:
    """The first record of each cell in each campaign, as far as the raw files are there."""
    firsts = data.measured_trials.groupby([*CELL, "campaign"], sort=False).head(1)
    paths = [data.trial_folder(row) / RESULT for _, row in firsts.iterrows()]
    return [read_record(path) for path in paths if path.exists()]


def _of_trials(data: StudyData) -> Iterator[tuple[FactName, Any]]:
    for record in records_of(data):
        system = record.key.system
        for name, value in asdict(record.machine).items():
            if name not in PASSING_OF_MACHINE:
                yield FactName("machine", name), value
        yield FactName("instrument", "version"), record.settings.instrument_version
        if record.placement is not None:
            for name, value in asdict(record.placement).items():
                yield FactName("placement", name, system), value
        for name, value in record.versions.items():
            yield FactName("version", name, system), value
        health = {} if record.server is None else record.server.health
        for name, value in health.items():
            if name not in PASSING_OF_HEALTH:
                yield FactName("the server says", name, system), value


def _of_config(data: StudyData) -> Iterator[tuple[FactName, Any]]:
    config = data.config
    used = {*config.models, *config.every_system, *config.every_generator}
    for key, value in config.model_dump(mode="json").items():
        if key in PASSING_OF_CONFIG:
            continue
        kept = {name: entry for name, entry in value.items() if name in used} if key in CATALOGUES else value
        for name, leaf in _leaves(kept, key):
            yield FactName("config", name), leaf


def _of_provenance(data: StudyData) -> Iterator[tuple[FactName, Any]]:
    """Flags of the builds, and the packages beside the study when its report was made."""
    if not data.paths.provenance.exists():
        return
    provenance = read_json(data.paths.provenance, f"`make report STUDY={data.paths.root.name}` makes it again")
    for place, manifest in provenance["builds"].items():
        yield FactName("build", "flags", place.rpartition("/")[2]), manifest.get("flags", [])
    for name, version in {"python": provenance["python"], **provenance["packages"]}.items():
        yield FactName("package", name), version


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, f"{path}, entry {number}")
    else:
        yield path, value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
