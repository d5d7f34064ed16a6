"""JSON pointers (RFC 6901): where in a JSON document a value stands; "" is the whole of it."""

import re
from typing import Any

# A tilde stands only before 0 or 1: ~0 is a tilde, ~1 a slash.
PATTERN = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
INDEX_PATTERN = re.compile(r"0|[1-9][0-9]*")


def is_pointer(text: str) -> bool:
    """Whether a text is a pointer."""
    return PATTERN.fullmatch(text) is not None


def resolve(document: Any, pointer: str) -> Any:
    """The value at a pointer; raises LookupError where there is none."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document[name]
        elif isinstance(document, list) and INDEX_PATTERN.fullmatch(name):
            document = document[int(name)]
        else:
            raise LookupError(pointer)
    return document
