"""The keys of a configuration with their values and meanings, as config/README.md prints them: made from the model."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from servebench.config import CellGroup, Config, GeneratorDefinition, SystemDefinition
from servebench.config_words import PATTERNS
from servebench.endpoint import EndpointDefinition
from servebench.model.definition import ModelFile, Replay, TrainedModel
from servebench.report.format import markdown_table
from servebench.texts import NAME_PATTERN

# Each has a table, in this order.
TABLES: Mapping[type[BaseModel], str] = {
    Config: "The study",
    CellGroup: "Further cells",
    TrainedModel: "A trained model",
    ModelFile: "A model in a file",
    Replay: "Recorded requests",
    SystemDefinition: "A system",
    EndpointDefinition: "An endpoint",
    GeneratorDefinition: "A generator",
}
LINKS = {model.__name__: f"[{title.lower()}](#{title.lower().replace(' ', '-')})" for model, title in TABLES.items()}
HEADER = ["key", "values", "default", "meaning"]
WORDS = {"boolean": "`true` or `false`", "integer": "whole number", "number": "number", "string": "text"}
REQUIRED = "–"
Schema = Mapping[str, Any]


def config_keys() -> str:
    """A table a kind of entry."""
    return "\n\n".join(f"## {title}\n\n{_table(model)}" for model, title in TABLES.items())


def _table(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    rows = [
        [
            f"`{key}`",
            values_text(told, schema.get("$defs", {})),
            REQUIRED if key in required else _default(told["default"]),
            told["description"],
        ]
        for key, told in schema["properties"].items()
    ]
    return markdown_table(HEADER, rows)


def _default(value: Any) -> str:
    """As it is written in a config."""
    if value is None:
        return "empty"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def values_text(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """What may stand under a key, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return LINKS[name] if name in LINKS else values_text(definitions[name], definitions)
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    choices = schema.get("anyOf", schema.get("oneOf"))
    if choices is not None:
        # Empty is what the default says.
        return " or ".join(values_text(each, definitions) for each in choices if each.get("type") != "null")
    if schema["type"] == "array":
        return f"list: {values_text(schema['items'], definitions)}"
    if schema["type"] == "object":
        inner = next(iter(schema.get("patternProperties", {"": schema.get("additionalProperties")}).values()))
        return f"names, each with {values_text(inner, definitions)}"
    if "pattern" in schema:
        return "name" if schema["pattern"] == NAME_PATTERN else PATTERNS[schema["pattern"]]
    return WORDS[schema["type"]] + _range(schema)


def _range(schema: Schema) -> str:
    """The bounds of a number, as far as it has some."""
    bounds = (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below"))
    return "".join(f" {word} {schema[key]:,.12g}" for key, word in bounds if key in schema)
