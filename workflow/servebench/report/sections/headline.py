"""The study in short: who serves most, by how much, and how fast at a common rate. Only what the verdicts allow."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from servebench.analyse.contrasts import find_contrast
from servebench.analyse.pairs import Point
from servebench.analyse.rows import POINT, is_open, load_of
from servebench.report.data import StudyData
from servebench.report.format import contrast_text, interval_text, percentile_with_interval, with_interval
from servebench.words import ContrastWord, Loop, VerdictWord


def headline(data: StudyData) -> str:
    """A few lines a model; empty where no verdict allows any."""
    measured = data.measured_cells
    lines = []
    for model, of_model in measured.groupby("model", sort=False):
        prefix = f"{model}: " if measured["model"].nunique() > 1 else ""
        found = [*_capacity_lines(of_model, data.contrasts), *_latency_lines(of_model)]
        lines += [f"- {prefix}{line}" for line in found]
    return "\n".join(["## In short", "", *lines]) if lines else ""


def _capacity_lines(cells: pd.DataFrame, contrasts: pd.DataFrame) -> list[str]:
    """Capacities at the closed loop that shows most systems', the largest first, and the ratios to it."""
    group = _fullest(cells[~is_open(cells) & _is(cells, lambda word: word.is_capacity)])
    if group is None:
        return []
    rows = [row for _, row in group.sort_values("throughput_rps", ascending=False).iterrows()]
    lines = [
        f"capacity ({rows[0]['generator']}, {load_of(rows[0]).label}): "
        + ", ".join(f"`{row['system']}` {with_interval(row, 'throughput_rps')} requests/s{_cpus(row)}" for row in rows)
    ]
    point = (str(rows[0]["model"]), str(rows[0]["generator"]), str(rows[0]["load_point"]))
    ratios = [_ratio(contrasts, point, str(rows[0]["system"]), str(other["system"])) for other in rows[1:]]
    if ratios:
        lines.append(f"`{rows[0]['system']}` serves " + ", ".join(ratios))
    return lines


def _cpus(row: Any) -> str:
    count = row["usable_cpus"]
    return "" if pd.isna(count) else f" on {count} CPU{'' if count == 1 else 's'}"


def _ratio(contrasts: pd.DataFrame, point: Point, best: str, other: str) -> str:
    found = find_contrast(contrasts, "throughput_rps", best, other, point)
    if found is None or found.ratio.low is None:
        return f"not comparably with `{other}` (too few common blocks)"
    times = f"{interval_text(found.ratio.estimate, found.ratio.low, found.ratio.high)} times what `{other}` does"
    word, reason = found.verdict.word, found.verdict.reason
    return times if word is ContrastWord.DIFFERENT else f"{times} ({contrast_text(word, reason)})"


def _is(cells: pd.DataFrame, says: Callable[[VerdictWord], bool]) -> "pd.Series[bool]":
    """Of which cells the verdict says so."""
    words = [not pd.isna(word) and says(VerdictWord.of(word)) for word in cells["verdict"]]
    return pd.Series(words, cells.index, dtype=bool)


def _latency_lines(cells: pd.DataFrame) -> list[str]:
    """p95 at the common rate that most systems hold, the least first."""
    group = _fullest(cells[(cells["loop"] == Loop.OPEN) & _is(cells, lambda word: word.holds_rate)])
    if group is None:
        return []
    known = group[group["latency_p95_ms"].notna()].sort_values("latency_p95_ms")
    if known.empty:
        return []
    rows = [row for _, row in known.iterrows()]
    texts = ", ".join(f"`{row['system']}` {percentile_with_interval(row, 'latency_p95_ms')} ms" for row in rows)
    return [f"p95 at {load_of(rows[0]).label} ({rows[0]['generator']}): {texts}"]


def _fullest(cells: pd.DataFrame) -> pd.DataFrame | None:
    """The cells of the point with most systems, of several the one with the largest throughput; None without any."""
    groups = [group for _, group in cells.groupby(POINT, sort=False)]
    return max(groups, key=lambda group: (len(group), group["throughput_rps"].max()), default=None)
