"""Templates of a protocol: JSON in which some texts stand for values, such as "{rows}" for the rows of a request."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any


class Ask(StrEnum):
    """What a body's template may hold."""

    ROW = "{row}"
    RECORD = "{record}"
    ROWS = "{rows}"
    VALUES = "{values}"
    RECORDS = "{records}"
    COLUMNS = "{columns}"
    N_ROWS = "{n_rows}"
    N_COLUMNS = "{n_columns}"


class Told(StrEnum):
    """What the template of an answer may hold."""

    PREDICTION = "{prediction}"
    CLASS_INDEX = "{class_index}"
    PREDICTIONS = "{predictions}"
    FLAT_PREDICTIONS = "{flat_predictions}"
    CLASS_INDICES = "{class_indices}"
    PROBABILITIES = "{probabilities}"
    FLAT_PROBABILITIES = "{flat_probabilities}"


_OF_THE_REQUEST = {Ask.COLUMNS, Ask.N_COLUMNS}
ASK_ONE = frozenset({Ask.ROW, Ask.RECORD, *_OF_THE_REQUEST})
ASK_MANY = frozenset({Ask.ROWS, Ask.VALUES, Ask.RECORDS, Ask.N_ROWS, *_OF_THE_REQUEST})
PREDICTIONS_OF_ONE = frozenset({Told.PREDICTION, Told.CLASS_INDEX})
PREDICTIONS_OF_MANY = frozenset({Told.PREDICTIONS, Told.FLAT_PREDICTIONS, Told.CLASS_INDICES})
PROBABILITIES = frozenset({Told.PROBABILITIES, Told.FLAT_PROBABILITIES})
TOLD_OF_ONE = PREDICTIONS_OF_ONE | {Told.PROBABILITIES}
TOLD_OF_MANY = PREDICTIONS_OF_MANY | PROBABILITIES
INDICES = frozenset({Told.CLASS_INDEX, Told.CLASS_INDICES})


def placeholders(template: Any) -> set[str]:
    """The texts in braces that a template holds, known or not."""
    return {text for text in _texts(template) if text.startswith("{") and text.endswith("}")}


def _texts(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from _texts(value)
    elif isinstance(template, list):
        for value in template:
            yield from _texts(value)


def fill(template: Any, values: Mapping[Any, Any]) -> Any:
    """The JSON that a template becomes; `values` holds one for each placeholder."""
    if isinstance(template, str):
        return values.get(template, template)
    if isinstance(template, Mapping):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    return template
