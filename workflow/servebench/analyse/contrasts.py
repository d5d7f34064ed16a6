"""The table of contrasts: the ratio of two systems at the same load, within blocks of one campaign, and its verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from servebench.analyse.metrics import Metric, contrasted_at
from servebench.analyse.rows import BLOCK, POINT, is_measured, is_open, load_of
from servebench.analyse.schema import load_schema, to_frame
from servebench.analyse.statistics import Interval, paired_ratio
from servebench.analyse.verdicts import ContrastEvidence, ContrastVerdict, contrast_verdict
from servebench.load_point import parse_load_point
from servebench.thresholds import MOST_SHARE_OF_CAPACITY
from servebench.words import ContrastWord, VerdictWord

OTHER_CAMPAIGN = "other campaign"
NOT_MEASURED = "not measured"

Row = dict[str, Any]
# Model, generator and load point.
Point = tuple[str, str, str]


@dataclass(frozen=True)
class _Cells:
    """What the cells say of the systems that are contrasted."""

    words: Mapping[tuple[str, ...], VerdictWord]
    capacities_rps: Mapping[tuple[str, str], float]

    @classmethod
    def of(cls, cells: pd.DataFrame) -> "_Cells":
        judged = cells[cells["verdict"].notna()]
        words: dict[tuple[str, ...], VerdictWord] = {
            (str(row["model"]), str(row["system"]), str(row["generator"]), str(row["load_point"])): VerdictWord.of(
                row["verdict"]
            )
            for _, row in judged.iterrows()
        }
        known = judged[~is_open(judged) & (judged["verdict"] == VerdictWord.CAPACITY)]
        groups = known.groupby(["model", "system"])
        return cls(words, {(str(m), str(s)): float(group["throughput_rps"].max()) for (m, s), group in groups})

    def word(self, point: Point, system: str) -> VerdictWord | None:
        model, generator, load_point = point
        return self.words.get((model, system, generator, load_point))

    def crowded(self, point: Point, systems: tuple[str, str]) -> str | None:
        """The system for which the point's rate is too large a share of its own capacity, where that is known."""
        rate_rps = parse_load_point(point[2]).rate_rps
        if rate_rps is None:
            return None
        for system in systems:
            capacity_rps = self.capacities_rps.get((point[0], system))
            if capacity_rps is not None and rate_rps > MOST_SHARE_OF_CAPACITY * capacity_rps:
                return system
        return None


def contrasts_table(trials: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """One row a pair of systems, a load point and a metric that is contrasted there."""
    known = _Cells.of(cells)
    measured = trials[is_measured(trials)]
    rows: list[Row] = []
    for names, group in measured.groupby(POINT, sort=False):
        model, generator, load_point = (str(name) for name in names)
        for pair in combinations(sorted(set(group["system"])), 2):
            rows += _rows((model, generator, load_point), group, pair, known)
    return to_frame(rows, load_schema("contrasts"))


def _rows(point: Point, group: pd.DataFrame, pair: tuple[str, str], known: _Cells) -> list[Row]:
    left, right = (group[group["system"] == name].set_index(BLOCK) for name in pair)
    blocks = left.index.intersection(right.index)
    rows = []
    for metric in contrasted_at(load_of(group.iloc[0]).loop):
        both = pd.DataFrame({"a": left.loc[blocks, metric.name], "b": right.loc[blocks, metric.name]}).dropna()
        ratio = paired_ratio([float(value) for value in both["a"]], [float(value) for value in both["b"]])
        reason = why_no_ratio(len(blocks), len(both))
        verdict = _judge(metric, ratio, reason, point, pair, known)
        rows.append(
            {
                **dict(zip(POINT, point, strict=True)),
                "numerator": pair[0],
                "denominator": pair[1],
                "metric": metric.name,
                "blocks": len(both),
                "ratio": ratio.estimate if ratio else None,
                "ratio_low": ratio.low if ratio else None,
                "ratio_high": ratio.high if ratio else None,
                "reason": reason,
                "verdict": str(verdict.word),
                "verdict_reason": verdict.reason,
            }
        )
    return rows


def why_no_ratio(shared_blocks: int, pairs: int) -> str | None:
    """Why two systems have no ratio, from the blocks that they share and those in which both have the figure."""
    if not shared_blocks:
        return OTHER_CAMPAIGN
    return None if pairs else NOT_MEASURED


def _judge(
    metric: Metric, ratio: Interval | None, reason: str | None, point: Point, pair: tuple[str, str], known: _Cells
) -> ContrastVerdict:
    assert metric.compared is not None
    words = (known.word(point, pair[0]), known.word(point, pair[1]))
    return contrast_verdict(ContrastEvidence(metric.compared, ratio, reason, words, known.crowded(point, pair)))


@dataclass(frozen=True)
class Contrast:
    """A contrast as it stands in the table, or turned round: the ratio and what may be claimed of it."""

    ratio: Interval
    verdict: ContrastVerdict

    @property
    def turned(self) -> "Contrast":
        """The same with numerator and denominator exchanged."""
        ratio = self.ratio
        low, high = (None if bound is None else 1 / bound for bound in (ratio.high, ratio.low))
        verdict = ContrastVerdict(self.verdict.word.turned, self.verdict.reason)
        return Contrast(Interval(1 / ratio.estimate, low, high, ratio.n), verdict)


def find_contrast(
    contrasts: pd.DataFrame, metric: str, numerator: str, denominator: str, point: Point
) -> Contrast | None:
    """A contrast, whichever way round it stands in the table; None where there is no ratio."""
    same = contrasts["metric"] == metric
    for name, value in zip(POINT, point, strict=True):
        same &= contrasts[name] == value
    for above, below, is_turned in ((numerator, denominator, False), (denominator, numerator, True)):
        rows = contrasts[same & (contrasts["numerator"] == above) & (contrasts["denominator"] == below)]
        if len(rows) and pd.notna(rows.iloc[0]["ratio"]):
            found = _contrast(rows.iloc[0])
            return found.turned if is_turned else found
    return None


def _contrast(row: Any) -> Contrast:
    low, high = (None if pd.isna(row[name]) else float(row[name]) for name in ("ratio_low", "ratio_high"))
    ratio = Interval(float(row["ratio"]), low, high, int(row["blocks"]))
    return Contrast(ratio, ContrastVerdict(ContrastWord.of(row["verdict"]), str(row["verdict_reason"])))
