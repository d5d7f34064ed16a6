"""workflow/schemas/*.schema.json, written from the models of what users write, and of what other programs read."""

import json
from pathlib import Path

from pydantic import BaseModel

from servebench.build.server_manifest import ServerManifest
from servebench.compare.comparison import Comparison
from servebench.config import Config
from servebench.files import write_text
from servebench.paths import REPOSITORY
from servebench.protocol.description import Protocol
from servebench.report.conclusions import Conclusions

SCHEMAS: dict[Path, type[BaseModel]] = {
    REPOSITORY / "workflow" / "schemas" / "config.schema.json": Config,
    REPOSITORY / "workflow" / "schemas" / "server.schema.json": ServerManifest,
    REPOSITORY / "workflow" / "schemas" / "protocol.schema.json": Protocol,
    REPOSITORY / "workflow" / "schemas" / "conclusions.schema.json": Conclusions,
    REPOSITORY / "workflow" / "schemas" / "comparison.schema.json": Comparison,
}


def schema_text(model: type[BaseModel]) -> str:
    """A model's schema as it must stand in its file."""
    return json.dumps(model.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    for path, kind in SCHEMAS.items():
        write_text(path, schema_text(kind))
