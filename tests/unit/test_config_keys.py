import pytest
from pydantic import BaseModel
from servebench.config import Config
from servebench.report.config_keys import TABLES, config_keys, values_text


def nested(schema):
    """The names of all entries that a schema refers to, which are no list of words."""
    return {name for name, told in schema.get("$defs", {}).items() if "properties" in told}


def test_every_kind_of_entry_has_a_table():
    assert nested(Config.model_json_schema()) | {"Config"} == {model.__name__ for model in TABLES}


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_every_key_has_a_meaning_and_a_line(model: type[BaseModel]):
    assert [key for key, field in model.model_fields.items() if not field.description] == []
    lines = config_keys().splitlines()
    assert [key for key in model.model_fields if not any(line.startswith(f"| `{key}` |") for line in lines)] == []


def test_a_link_leads_to_a_table():
    text = config_keys()
    assert "[a system](#a-system)" in text
    assert "\n## A system\n" in text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 100_000}, "whole number from 1 to 100,000"),
        ({"type": "number", "exclusiveMinimum": 0}, "number above 0"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "`true` or `false`"),
        ({"anyOf": [{"type": "integer"}, {"const": "cores"}]}, "whole number or `cores`"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "list: `a`, `b`"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "names, each with text"),
        ({"$ref": "#/$defs/Word"}, "`x`"),
    ],
)
def test_values_in_words(schema, words):
    assert values_text(schema, {"Word": {"enum": ["x"]}}) == words
