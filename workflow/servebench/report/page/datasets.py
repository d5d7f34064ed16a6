"""What charts draw, in few bytes: a dataset by its columns, texts by their number, of very many rows every n-th."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

# More points than that no reader tells apart, and no page of 5 MB holds in every chart.
MOST_ROWS = 3_000
DIGITS = 7


def step_of(rows: int) -> int:
    """Every which row is kept."""
    return max(1, math.ceil(rows / MOST_ROWS))


def packed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A dataset as the page's script unpacks it."""
    kept = rows[:: step_of(len(rows))]
    names = dict.fromkeys(name for row in kept for name in row)
    return {"rows": len(kept), "columns": {name: _column([row.get(name) for row in kept]) for name in names}}


def _column(values: list[Any]) -> list[Any] | dict[str, list[Any]]:
    """The values; texts as words with a code a row, what is the same in every row as one word."""
    shortened = [_short(value) for value in values]
    words = list(dict.fromkeys(shortened))
    if len(words) == 1:
        return {"words": words}
    if any(isinstance(word, str) for word in words):
        code_of = {word: code for code, word in enumerate(words)}
        return {"words": words, "codes": [code_of[value] for value in shortened]}
    return shortened


def _short(value: Any) -> Any:
    """A number with as many digits as a chart can show."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else float(f"{value:.{DIGITS}g}")
