"""Figures as text: three significant digits, the interval behind, a dash for what is missing."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from servebench.analyse.bounds import latency_bound
from servebench.analyse.metrics import metric_of
from servebench.analyse.text import MISSING
from servebench.words import ContrastWord


def figure(value: Any, digits: int = 3) -> str:
    """A number with `digits` significant digits and thousands separated; a dash where it is missing."""
    if value is None or pd.isna(value):
        return MISSING
    number = float(value)
    if number == 0:
        return "0"
    rounded = float(f"{number:.{digits}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:.{digits}g}"


def with_interval(row: Any, name: str, is_lower_bound: bool = False) -> str:
    """A cell's figure with its 95 % interval; `≥` in front of a lower bound."""
    text = interval_text(row[name], row[f"{name}_low"], row[f"{name}_high"])
    return f"≥ {text}" if is_lower_bound and text != MISSING else text


def latency_with_interval(row: Any, name: str) -> str:
    """A cell's latency with its interval; in front the mark of a bound."""
    text = with_interval(row, name)
    return text if text == MISSING else f"{latency_bound(row, metric_of(name)).mark}{text}"


def interval_text(value: Any, low: Any, high: Any) -> str:
    """An estimate with its bounds behind, as far as they are there."""
    estimate, bounds = figure(value), [figure(low), figure(high)]
    return estimate if MISSING in (estimate, *bounds) else f"{estimate} [{', '.join(bounds)}]"


def confidence_text(confidence: float) -> str:
    """How sure an interval is: `95 %`, `98.3 %`."""
    return f"{confidence * 100:.3g} %"


def percent(value: Any) -> str:
    """A share as percent; a dash where it is missing."""
    if value is None or pd.isna(value):
        return MISSING
    return f"{figure(float(value) * 100)} %"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; bars in a cell are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def contrast_text(word: ContrastWord, reason: str) -> str:
    """A contrast's verdict with its reason; the interval beside it says why two systems differ or do not."""
    return str(word) if word.is_said_by_interval else f"{word}: {reason}"


def listed(texts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def lines_at_most(lines: list[str], most: int) -> list[str]:
    """The first ones, and how many there are beside them."""
    more = and_more(len(lines) - most)
    return [*lines[:most], *([f"- {more}"] if more else [])]


def and_more(count: int) -> str:
    """How many are left out of the summary; empty where none are."""
    return f"and {count:,} more, in `report.html`." if count > 0 else ""
