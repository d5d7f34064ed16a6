"""What is wrong with a configuration, in the user's words: where, what is allowed, and what was given."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from servebench import texts
from servebench.load_point import RATE_PATTERN, RATE_WORDS
from servebench.percentage import PERCENTAGE_PATTERN, PERCENTAGE_WORDS

PATTERNS = {
    **texts.PATTERNS,
    RATE_PATTERN: RATE_WORDS,
    PERCENTAGE_PATTERN: PERCENTAGE_WORDS,
}
# What each of pydantic's mistakes asks for; braces name its context.
ALLOWED = {
    "greater_than_equal": "at least {ge:.12g}",
    "greater_than": "more than {gt:.12g}",
    "less_than_equal": "at most {le:.12g}",
    "less_than": "less than {lt:.12g}",
    "finite_number": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a word",
    "string_too_long": "at most {max_length} characters long",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "list_type": "a list such as [a, b]",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "too_short": "a list with something in it",
    "too_long": "at most {max_length} entries",
}
LONGEST = 60
# What `precision` said before it was the wished width of the intervals.
DECIMALS = ("data", "full")


def with_present_names(raw: Any) -> Any:
    """A kept configuration, or a trial's settings, of before: its `precision`, if it is a word, is `decimals` now."""
    if not isinstance(raw, Mapping) or raw.get("precision") not in DECIMALS:
        return raw
    return {("decimals" if key == "precision" else key): value for key, value in raw.items()}


def suggest(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or all of them."""
    near = difflib.get_close_matches(word, list(known), n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(sorted(known))}"


def place_of(parts: Iterable[str | int]) -> str:
    """Where something stands, as people say it: `also, entry 1, systems`; an entry's number starts at 0 in `parts`."""
    text, is_entry = "", False
    for part in parts:
        if isinstance(part, int):
            text, is_entry = f"{text}, entry {part + 1}", True
        else:
            separator = ", " if is_entry else "." if text else ""
            text, is_entry = f"{text}{separator}{texts.visible(part, LONGEST)}", False
    return text


def describe_mistakes(error: ValidationError, raw: Any, known_keys: Mapping[str, Iterable[str]]) -> list[str]:
    """One line a mistake, in their order.

    `raw` is what was validated; `known_keys` are the keys of the whole (under "") and of what stands below a key.
    """
    allowed: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    lines: dict[str, None] = {}
    for item in error.errors():
        parts = _real_parts(item, raw)
        where = place_of(parts)
        if item["type"] == "extra_forbidden":
            of = "" if len(parts) == 1 else str(parts[0])
            lines[f"unknown key '{where}'{suggest(str(parts[-1]), known_keys[of])}"] = None
        elif item["type"] == "missing":
            lines[f"missing key '{where}'"] = None
        elif item["type"] == "value_error":
            message = str(item["msg"]).removeprefix("Value error, ")
            lines[f"{where}: {message}" if where else message] = None
        else:
            # One place has several where more than one kind of value is allowed.
            lines[where] = None
            allowed.setdefault(where, []).append(_allowed(item))
            given[where] = _given(item["input"])
    told = [_join(where, allowed[where], given[where]) if where in allowed else where for where in lines]
    return [texts.visible(line) for line in told]


def _real_parts(item: ErrorDetails, raw: Any) -> list[str | int]:
    """The keys and numbers of a place, without the names that pydantic gives to the kinds of a value."""
    parts: list[str | int] = []
    for part in item["loc"]:
        inner = _below(raw, part)
        # A missing key stands nowhere.
        if inner is not None or (item["type"] == "missing" and part is item["loc"][-1]):
            raw = inner.value if inner is not None else None
            parts.append(part)
    return parts


@dataclass(frozen=True)
class _Below:
    value: Any


def _below(raw: Any, part: str | int) -> _Below | None:
    """What stands under a key or a number, which may be nothing; None where there is no such key or number."""
    if isinstance(raw, Mapping) and part in raw:
        return _Below(raw[part])
    if isinstance(raw, list | tuple) and isinstance(part, int):
        return _Below(raw[part])
    return None


def _allowed(item: ErrorDetails) -> str:
    context = item.get("ctx", {})
    if item["type"] == "string_pattern_mismatch":
        return PATTERNS[context["pattern"]]
    words = ALLOWED.get(item["type"])
    return words.format(**context) if words is not None else str(item["msg"])


def _given(value: Any) -> str:
    text = "empty" if value is None else repr(value)
    return texts.visible(text, LONGEST)


def _join(where: str, allowed: list[str], given: str) -> str:
    text = f"must be {' or '.join(dict.fromkeys(allowed))}, not {given}"
    return f"{where}: {text}" if where else f"the configuration {text}"
