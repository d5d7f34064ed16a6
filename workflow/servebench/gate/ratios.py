"""Where the ratio of two systems lies, by the table of contrasts."""

import math
from typing import Any

import pandas as pd

from servebench.analyse.contrast_verdicts import why_incomparable
from servebench.analyse.contrasts import claimed, find_contrast
from servebench.analyse.metrics import Metric
from servebench.analyse.pairs import Point
from servebench.analyse.rows import POINT
from servebench.analyse.text import MISSING
from servebench.gate.decide import Evidence
from servebench.report.data import StudyData
from servebench.report.format import interval_text
from servebench.thresholds import LEAST_REPEATS
from servebench.words import Comparable, ContrastWord, VerdictWord


def ratio_evidence(data: StudyData, metric: Metric, systems: tuple[str, str], point: Point) -> Evidence:
    """What the claimed contrast of two systems says of their ratio at a point, whichever way round it stands."""
    found = find_contrast(data.contrasts, metric.name, *systems, point)
    if found is None:
        return Evidence(MISSING, reason=_why_none(data.contrasts, metric, systems, point))
    word, ratio = found.verdict.word, found.ratio
    low, high = ratio.low, ratio.high
    mark = {ContrastWord.LOWER_BOUND: "≥ ", ContrastWord.UPPER_BOUND: "≤ "}.get(word, "")
    text = f"{mark}{interval_text(ratio.estimate, low, high)}"
    if low is None or high is None:
        return Evidence(text, reason=f"no interval: fewer than {LEAST_REPEATS} common blocks")
    if word is ContrastWord.UNDECIDED and _is_incomparable(data.cells, metric, systems, point):
        return Evidence(text, reason=found.verdict.reason)
    return Evidence(
        text,
        -math.inf if word is ContrastWord.UPPER_BOUND else low,
        math.inf if word is ContrastWord.LOWER_BOUND else high,
        found.verdict.reason if word.is_bound else "",
    )


def _is_incomparable(cells: pd.DataFrame, metric: Metric, systems: tuple[str, str], point: Point) -> bool:
    """Whether an undecided contrast is so for more than its interval.

    Latencies may be crowded, or closer than the instrument tells apart: theirs decides nothing then.
    """
    if metric.compared is Comparable.HELD_RATES or metric.compared is None:
        return True
    first, second = (_verdict(cells, system, point) for system in systems)
    return why_incomparable(metric.compared, (first, second), None) is not None


def _verdict(cells: pd.DataFrame, system: str, point: Point) -> VerdictWord | None:
    rows = cells[_at(cells, point) & (cells["system"] == system)]
    word = rows.iloc[0]["verdict"] if len(rows) else None
    return None if word is None or pd.isna(word) else VerdictWord.of(word)


def _why_none(contrasts: pd.DataFrame, metric: Metric, systems: tuple[str, str], point: Point) -> str:
    rows = claimed(contrasts)
    of_pair = rows["numerator"].isin(systems) & rows["denominator"].isin(systems)
    rows = rows[_at(rows, point) & of_pair & (rows["metric"] == metric.name)]
    reason: Any = rows.iloc[0]["reason"] if len(rows) else None
    return "not both were measured" if reason is None or pd.isna(reason) else str(reason)


def _at(frame: pd.DataFrame, point: Point) -> "pd.Series[bool]":
    found = pd.Series(data=True, index=frame.index, dtype=bool)
    for name, value in zip(POINT, point, strict=True):
        found &= frame[name] == value
    return found
