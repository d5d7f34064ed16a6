"""In what the measured systems deviate from the contract or from each other, as their servers declare it."""

from pydantic import BaseModel

from servebench.paths import MANIFEST
from servebench.report.data import StudyData
from servebench.report.stage_file import read_stage_file


class _Build(BaseModel):
    """What the report says of a build's manifest; those of before version 0.2 declare nothing."""

    deviations: list[str] = []


def deviations(data: StudyData) -> str:
    """One line a deviation, with the measured systems that declare it; empty where none declares any."""
    found: dict[str, dict[str, None]] = {}
    for model, system in data.measured_cells[["model", "system"]].drop_duplicates().itertuples(index=False):
        manifest = data.paths.build(str(model), str(system)) / MANIFEST
        declared = read_stage_file(manifest, _Build).deviations if manifest.exists() else []
        for text in declared:
            found.setdefault(text, {})[f"`{system}`"] = None
    lines = [f"- {', '.join(systems)}: {text}" for text, systems in found.items()]
    return "\n\n".join(["## Declared deviations", "\n".join(lines)]) if found else ""
