"""The tail of each system's latency at one load, as the tiles show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.metrics import TAILS, THROUGHPUT, metric_of
from servebench.analyse.pairs import Point
from servebench.load_point import parse_load_point
from servebench.percentile_needs import window_needed_s
from servebench.report.answer.conclusion import Conclusion
from servebench.report.answer.findings import Findings
from servebench.report.answer.text import amount, place_of
from servebench.report.exactness import Exactness
from servebench.thresholds import LEAST_SECONDS_BEYOND

FEW_SECONDS = "few slow moments would decide it"
IN_FEW_SECONDS = f"what is slower came in fewer than {LEAST_SECONDS_BEYOND} different seconds: {FEW_SECONDS}"


@dataclass(frozen=True)
class Tail:
    """A system's latency at the load; where it is none, or only a bound, `absence` says what the verdict says of it.

    `needs` is what a percentile that is not told takes: this one, else the one that matters most. `others` is what else
    is known of its tail, `right_to` how far the latency is right, where that is less than its figure promises.
    """

    system: str
    is_held: bool
    latency: Conclusion | None
    absence: str
    needs: str = ""
    others: str = ""
    right_to: str = ""

    @property
    def note(self) -> str:
        """All of it: what the percentile needs comes first where nothing else would give it."""
        parts = (self.absence, self.needs) if self.latency else (self.needs, self.absence)
        return "; ".join(part for part in (*parts, self.others) if part)


@dataclass(frozen=True)
class CommonTail:
    """A load that all systems were asked, or most, and the percentile of latency that is told there."""

    point: Point
    metric: str
    tails: tuple[Tail, ...]

    @property
    def percentile(self) -> str:
        """Such as `p99`."""
        return metric_of(self.metric).short_label

    @property
    def place(self) -> str:
        """The load as people say it, and who sent it: `300 requests/s, native`."""
        return place_of(parse_load_point(self.point[2]).label, self.point[1])

    def tail(self, system: str) -> Tail | None:
        """A system's; None where it was not asked this load."""
        return next((tail for tail in self.tails if tail.system == system), None)


def exactness_note(exactness: Exactness, found: Conclusion | None) -> str:
    """How far a latency is right, where its figure alone promises more; else empty."""
    if found is None or found.estimate is None:
        return ""
    return exactness.note(found.generator, metric_of(found.metric), found.estimate)


def told_at(system: str, metric: str, point: Point | None, findings: Findings, exactness: Exactness) -> str:
    """A system's percentile at another load, with how far it is right; empty where there is none."""
    found = None if point is None else findings.figure(metric, system, point)
    return "" if found is None else f"{exactly(found, exactness)} with {found.load}"


def exactly(found: Conclusion, exactness: Exactness) -> str:
    """A percentile by its name, and how far it is right where its figure promises more."""
    note = exactness_note(exactness, found)
    return f"{metric_of(found.metric).short_label} {amount(found)}{f' ({note})' if note else ''}"


def told_percentile(rows: Sequence[Any]) -> str | None:
    """The percentile that matters most of those that one of some cells tells."""
    return next((name for name in TAILS if any(pd.notna(row[name]) for row in rows)), None)


def needs(row: Any, name: str, window_s: float, rows: Sequence[Any]) -> str:
    """Which windows tell a percentile of all `rows`, in words, where this row's are too short for it; else empty."""
    if longer_window_s(row, name, window_s) is None:
        return ""
    needed_s = max(filter(None, (longer_window_s(other, name, window_s) for other in rows)))
    return f"too few requests: {metric_of(name).short_label} takes longer windows, `duration_s: {needed_s}`"


def longer_window_s(row: Any, name: str, window_s: float) -> int | None:
    """The windows that tell a percentile which the row does not tell; None where its own are long enough."""
    percentile, counted = metric_of(name).percentile, counted_repeats(row)
    rate_rps = row[THROUGHPUT] if pd.isna(row["rate_rps"]) else row["rate_rps"]
    if percentile is None or pd.notna(row[name]) or not counted or pd.isna(rate_rps):
        return None
    needed_s = window_needed_s(percentile, float(rate_rps), counted)
    return needed_s if needed_s > window_s else None


def counted_repeats(row: Any) -> int:
    """How many repeats a cell's figures are made of."""
    return int(row["repeats"]) - int(0 if pd.isna(row["repeats_left_out"]) else row["repeats_left_out"])
