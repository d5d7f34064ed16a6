"""What a system is, in a line below its name: a server by its title, with an inference; or where it runs already."""

from typing import Any

import pandas as pd
from pydantic import BaseModel

from servebench.paths import MANIFEST
from servebench.report.data import StudyData
from servebench.report.foreign import Told
from servebench.report.stage_file import read_stage_file


class _Build(BaseModel):
    """What of a build's manifest names its server; those of before have no title."""

    title: Told = ""


def made_of(cell: Any, data: StudyData) -> str:
    """Of a cell of the system."""
    server = str(cell["server"])
    if pd.isna(cell["inference"]):
        return f"runs already at {server}"
    manifest = data.paths.build(str(cell["model"]), str(cell["system"])) / MANIFEST
    title = read_stage_file(manifest, _Build).title if manifest.exists() else ""
    return f"{title or server}, {cell['inference']} inference"
