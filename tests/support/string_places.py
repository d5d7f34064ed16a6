"""Every place of a pydantic model where a text may stand, found by its schema: a new key is found by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

Schema = Mapping[str, Any]
NAME_OF_ENTRY = "x"


@dataclass(frozen=True)
class Step:
    """One step down: into a model, under its key, into a list, or to a name or a value of a mapping."""

    kind: str
    name: str = ""


@dataclass(frozen=True)
class Place:
    """Where a text may stand, and what its schema says of it."""

    steps: tuple[Step, ...]
    pattern: str | None

    def __str__(self) -> str:
        """As a test's name."""
        parts = {"model": "", "item": "[]", "name": "{name}", "value": "{}"}
        return ".".join(filter(None, (parts.get(step.kind, step.name) for step in self.steps)))

    def filled(self, text: str, examples: Mapping[str, Mapping[str, Any]]) -> Any:
        """What is written with the text at this place; `examples` are entries of each model that are valid."""
        return _filled(self.steps, text, examples)

    def example(self, examples: Mapping[str, Mapping[str, Any]]) -> str:
        """What the example has there; nothing where it leaves the key out."""
        model, key = self.steps[-2:] if len(self.steps) > 1 else (Step("model"), Step("item"))
        value = examples[model.name].get(key.name) if (model.kind, key.kind) == ("model", "key") else None
        return value if isinstance(value, str) else ""


def string_places(model: type[BaseModel]) -> list[Place]:
    """All of a model's, those of the models in it included."""
    schema = model.model_json_schema()
    return list(_places(schema, schema.get("$defs", {}), (Step("model", model.__name__),)))


def _places(schema: Any, definitions: Schema, steps: tuple[Step, ...]) -> Iterator[Place]:
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _places(definitions[name], definitions, (*steps, Step("model", name)))
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _places(choice, definitions, steps)
    if schema.get("type") == "string" and not schema.keys() & {"enum", "const"}:
        yield Place(steps, schema.get("pattern"))
    if schema.get("type") == "array":
        yield from _places(schema.get("items"), definitions, (*steps, Step("item")))
    for key, told in schema.get("properties", {}).items():
        yield from _places(told, definitions, (*steps, Step("key", key)))
    if schema.get("type") == "object" and "properties" not in schema:
        names = schema.get("propertyNames", {})
        patterns = schema.get("patternProperties", {})
        told = next(iter(patterns.values()), schema.get("additionalProperties"))
        yield Place((*steps, Step("name", _first_model(told))), names.get("pattern", next(iter(patterns), None)))
        yield from _places(told, definitions, (*steps, Step("value")))


def _first_model(schema: Any) -> str:
    """The name of a model that a schema allows; empty where it allows none."""
    if not isinstance(schema, Mapping):
        return ""
    choices = [schema, *schema.get("oneOf", ()), *schema.get("anyOf", ())]
    return next((choice["$ref"].rpartition("/")[2] for choice in choices if "$ref" in choice), "")


def _filled(steps: tuple[Step, ...], text: str, examples: Mapping[str, Mapping[str, Any]]) -> Any:
    if not steps:
        return text
    first, *rest = steps
    inner = tuple(rest)
    if first.kind == "model":
        key = inner[0]
        return {**examples[first.name], key.name: _filled(inner[1:], text, examples)}
    if first.kind == "item":
        return [_filled(inner, text, examples)]
    if first.kind == "value":
        return {NAME_OF_ENTRY: _filled(inner, text, examples)}
    return {text: examples.get(first.name, NAME_OF_ENTRY)}
