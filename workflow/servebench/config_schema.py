"""workflow/schemas/config.schema.json, written from the config's model."""

import json

from servebench.config import config_json_schema
from servebench.files import write_text
from servebench.paths import REPOSITORY

SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.json"


def schema_text() -> str:
    """The schema as it must stand in the file."""
    return json.dumps(config_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    write_text(SCHEMA, schema_text())
