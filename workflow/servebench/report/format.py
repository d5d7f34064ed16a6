"""Figures as text: three significant digits, the interval behind, a dash for what is missing."""

from typing import Any

import pandas as pd

MISSING = "–"


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
    value = figure(row[name])
    if value == MISSING:
        return value
    low, high = figure(row[f"{name}_low"]), figure(row[f"{name}_high"])
    text = value if MISSING in (low, high) else f"{value} [{low}, {high}]"
    return f"≥ {text}" if is_lower_bound else text


def percent(value: Any) -> str:
    """A share as percent; a dash where it is missing."""
    if value is None or pd.isna(value):
        return MISSING
    return f"{figure(float(value) * 100)} %"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; bars in a cell are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def load_name(row: Any) -> str:
    """A cell's load point as people say it."""
    if row["loop"] == "objective":
        return "at the objective"
    if row["loop"] == "share":
        return f"{row['load_point'].removeprefix('share-')} % of its capacity"
    if row["loop"] == "open":
        return f"{row['rate_rps']:,} requests/s"
    return "1 user" if row["users"] == 1 else f"{row['users']:,} users"
