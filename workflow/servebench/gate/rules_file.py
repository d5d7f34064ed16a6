"""The file of rules: `rules`, a list of texts, or of mappings {rule, model, generator} where a study has several."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from servebench.config_words import describe_mistakes
from servebench.errors import ServebenchError
from servebench.files import read_yaml
from servebench.gate.rule import Rule, parse_rule
from servebench.texts import Line, Name


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleEntry(_Strict):
    """A rule's text, and of which model and generator alone it is."""

    rule: Line
    model: Name | None = None
    generator: Name | None = None


class RulesFile(_Strict):
    """What stands in the file."""

    rules: Annotated[list[RuleEntry], Field(min_length=1)]

    @field_validator("rules", mode="before")
    @classmethod
    def _texts_are_rules(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [{"rule": entry} if isinstance(entry, str) else entry for entry in value]


KNOWN_KEYS = {"": tuple(RulesFile.model_fields), "rules": tuple(RuleEntry.model_fields)}


def read_rules(path: Path) -> list[Rule]:
    """The rules of a file; raises ServebenchError where it has none, or one is none."""
    try:
        raw = read_yaml(path, "mend this line")
    except FileNotFoundError:
        raise ServebenchError(f"{path} does not exist: write the rules there, such as `rules: [errors == 0]`") from None
    except IsADirectoryError:
        raise ServebenchError(f"{path} is a folder: name a file in it") from None
    if not isinstance(raw, Mapping):
        raise ServebenchError(f"{path} holds no rules: write them like `rules: [errors == 0]`")
    try:
        entries = RulesFile.model_validate(raw).rules
    except ValidationError as error:
        raise ServebenchError(f"{path}: {describe_mistakes(error, raw, KNOWN_KEYS)[0]}") from None
    try:
        return [parse_rule(entry.rule, entry.model, entry.generator) for entry in entries]
    except ServebenchError as error:
        raise ServebenchError(f"{path}: {error}") from None
