"""What a system is, below its name: a server by its title, with an inference; or where it runs already."""

from typing import Any

import pandas as pd
from pydantic import BaseModel

from servebench.paths import MANIFEST
from servebench.report.data import StudyData
from servebench.report.foreign import Told
from servebench.report.stage_file import read_stage_file


class _Build(BaseModel):
    """What of a build's manifest describes its server; those of before have no title."""

    title: Told = ""
    deviations: list[Told] = []


def made_of(cell: Any, data: StudyData) -> str:
    """Of a cell of the system."""
    server = str(cell["server"])
    if pd.isna(cell["inference"]):
        return f"runs already at {server}"
    manifest = data.paths.build(str(cell["model"]), str(cell["system"])) / MANIFEST
    build = read_stage_file(manifest, _Build) if manifest.exists() else _Build()
    return f"{build.title or server}, {cell['inference']} inference{_deviations(len(build.deviations))}"


def _deviations(count: int) -> str:
    """How many, for who would not look for them below."""
    return f"; {count} declared {'deviation' if count == 1 else 'deviations'}" if count else ""
