"""The table of contrasts: the ratio of two systems at the same load, within blocks of one campaign, and its verdict.

Of several campaigns each has its row; their blocks are pooled only where the ratio is the same in all of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from servebench.analyse.contrast_verdicts import (
    ContrastEvidence,
    ContrastVerdict,
    Resolution,
    contrast_verdict,
    why_incomparable,
)
from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import Metric, contrasted_at
from servebench.analyse.pairs import Pair, Paired, Point, pairs_of
from servebench.analyse.resolutions import Resolutions, resolution_ms
from servebench.analyse.rows import POINT, is_open, rows_of
from servebench.analyse.schema import load_schema, to_frame
from servebench.analyse.statistics import (
    Interval,
    adjust_by_holm,
    p_homogeneous,
    p_within,
    ratio_of_logs,
    standard_deviation,
)
from servebench.load_point import parse_load_point
from servebench.thresholds import HETEROGENEOUS, LEAST_REPEATS, MOST_SHARE_OF_CAPACITY
from servebench.words import Comparable, ContrastWord, VerdictWord

OTHER_CAMPAIGN = "other campaign"
NOT_MEASURED = "not measured"
# In the place of a campaign: the blocks of all of them.
ALL = "all"
CAMPAIGNS_DIFFER = "the campaigns differ: of this one alone"

Row = dict[str, Any]


@dataclass(frozen=True)
class _Place:
    """What the cells say of a pair: both verdicts, and the system for which the rate is too large a share."""

    words: tuple[VerdictWord | None, VerdictWord | None]
    crowded: str | None


@dataclass(frozen=True)
class _Cells:
    """What the cells say of the systems that are contrasted."""

    words: Mapping[tuple[str, ...], VerdictWord]
    # Of model, system and rows a request.
    capacities_rps: Mapping[tuple[str, str, int], float]

    @classmethod
    def of(cls, cells: pd.DataFrame) -> "_Cells":
        judged = cells[cells["verdict"].notna()]
        words: dict[tuple[str, ...], VerdictWord] = {
            (str(row["model"]), str(row["system"]), str(row["generator"]), str(row["load_point"])): VerdictWord.of(
                row["verdict"]
            )
            for _, row in judged.iterrows()
        }
        is_capacity = judged["verdict"].map(lambda word: VerdictWord.of(word).is_capacity).astype(bool)
        known = judged[~is_open(judged) & is_capacity]
        groups = known.groupby(["model", "system", rows_of(known)])
        largest = {(str(m), str(s), rows_of(g).iloc[0]): float(g["throughput_rps"].max()) for (m, s, _), g in groups}
        return cls(words, largest)

    def place(self, point: Point, systems: tuple[str, str]) -> _Place:
        """The verdicts of both systems there, and which of them is too near to its capacity."""
        model, generator, load_point = point
        first, second = (self.words.get((model, system, generator, load_point)) for system in systems)
        return _Place((first, second), self._crowded(point, systems))

    def _crowded(self, point: Point, systems: tuple[str, str]) -> str | None:
        """The system for which the point's rate is too large a share of its own capacity, where that is known."""
        load = parse_load_point(point[2])
        rate_rps = load.rate_rps
        if rate_rps is None:
            return None
        for system in systems:
            capacity_rps = self.capacities_rps.get((point[0], system, load.rows))
            if capacity_rps is not None and rate_rps > MOST_SHARE_OF_CAPACITY * capacity_rps:
                return system
        return None


@dataclass(frozen=True)
class _Draft:
    """A row before its verdict: the pair's blocks of one campaign, or of all."""

    pair: Pair
    place: _Place
    metric: Metric
    campaign: str | None
    values: Paired
    is_claimed: bool
    note: str | None = None

    @property
    def is_primary(self) -> bool:
        """Whether it is the pair's primary figure."""
        return self.pair.is_primary(self.metric)

    @property
    def compared(self) -> Comparable:
        """Where the figure may be compared."""
        assert self.metric.compared is not None
        return self.metric.compared


@dataclass(frozen=True)
class _Holm:
    """P of a draft's hypothesis; of a primary figure also adjusted for its family of so many pairs.

    `adjusted` is None where it is no primary figure, or the figures do not compare.
    """

    p: float | None
    adjusted: float | None = None
    family: int = 1


def contrasts_table(
    trials: pd.DataFrame, cells: pd.DataFrame, criteria: Criteria | None = None, resolutions: Resolutions | None = None
) -> pd.DataFrame:
    """A row for a pair of systems, a load point, a metric that is contrasted there, and a campaign.

    Where several campaigns have blocks of a pair, one row is claimed: that of `all`, else that of the latest.
    """
    criteria, known = criteria or Criteria(), _Cells.of(cells)
    campaigns = _in_time(trials)
    drafts = [
        draft for pair in pairs_of(trials) for draft in _drafts(pair, known.place(pair.point, pair.systems), campaigns)
    ]
    adjusted = _adjust(drafts, criteria)
    rows = [_row(draft, criteria, holm, resolutions or {}) for draft, holm in zip(drafts, adjusted, strict=True)]
    return to_frame(rows, load_schema("contrasts"))


def _in_time(trials: pd.DataFrame) -> list[str]:
    """The campaigns, the earliest first."""
    return [str(name) for name in trials.groupby("campaign")["started_at"].min().sort_values().index]


def _drafts(pair: Pair, place: _Place, campaigns: Sequence[str]) -> Iterator[_Draft]:
    for metric in contrasted_at(pair.loop):
        values = pair.values(metric)
        present = set(values.campaigns)
        parts = {name: values.of(name) for name in campaigns if name in present}
        if len(parts) < 2:
            yield _Draft(pair, place, metric, next(iter(parts), None), values, is_claimed=True)
            continue
        p = p_homogeneous([part.logs for part in parts.values()])
        is_pooled = p is not None and p >= HETEROGENEOUS
        long = [name for name, part in parts.items() if len(part) >= LEAST_REPEATS]
        latest = None if is_pooled else (long or list(parts))[-1]
        for name, part in parts.items():
            is_latest = name == latest
            yield _Draft(pair, place, metric, name, part, is_latest, CAMPAIGNS_DIFFER if is_latest else None)
        if is_pooled:
            yield _Draft(pair, place, metric, ALL, values, is_claimed=True)


def _adjust(drafts: Sequence[_Draft], criteria: Criteria) -> list[_Holm]:
    """P of each draft, and Holm's adjustment over the pairs of each model and generator, by their primary figures."""
    found = [_Holm(p_within(draft.values.logs, criteria.effect_on(draft.metric))) for draft in drafts]
    families: dict[tuple[str, str], list[int]] = defaultdict(list)
    p_values: dict[int, float] = {}
    for index, (draft, holm) in enumerate(zip(drafts, found, strict=True)):
        if holm.p is None or not (draft.is_claimed and draft.is_primary) or _incomparable(draft) is not None:
            continue
        p_values[index] = holm.p
        families[draft.pair.point[:2]].append(index)
    for members in families.values():
        for index, p in zip(members, adjust_by_holm([p_values[index] for index in members]), strict=True):
            found[index] = replace(found[index], adjusted=p, family=len(members))
    return found


def _incomparable(draft: _Draft) -> ContrastVerdict | None:
    return why_incomparable(draft.compared, draft.place.words, draft.place.crowded)


def _row(draft: _Draft, criteria: Criteria, holm: _Holm, resolutions: Resolutions) -> Row:
    values, pair = draft.values, draft.pair
    ratio = ratio_of_logs(values.logs, criteria.confidence)
    reason = why_no_ratio(len(pair.blocks), len(values))
    verdict = contrast_verdict(
        ContrastEvidence(
            compared=draft.compared,
            ratio=ratio,
            no_ratio=reason,
            words=draft.place.words,
            crowded=draft.place.crowded,
            effect=criteria.effect_on(draft.metric),
            confidence=criteria.confidence,
            spread=standard_deviation(values.logs) if len(values.logs) >= LEAST_REPEATS else None,
            p_holm=holm.adjusted,
            family=holm.family,
            resolution=_resolution(draft, resolutions),
        )
    )
    return {
        **dict(zip(POINT, pair.point, strict=True)),
        "numerator": pair.systems[0],
        "denominator": pair.systems[1],
        "metric": draft.metric.name,
        "campaign": draft.campaign,
        "is_claimed": draft.is_claimed,
        "is_primary": draft.is_primary,
        "blocks": len(values),
        "ratio": ratio.estimate if ratio else None,
        "ratio_low": ratio.low if ratio else None,
        "ratio_high": ratio.high if ratio else None,
        "p_value": holm.p,
        "p_holm": holm.adjusted,
        "reason": reason,
        "verdict": str(verdict.word),
        "verdict_reason": verdict.reason if draft.note is None else f"{verdict.reason}; {draft.note}",
    }


def _resolution(draft: _Draft, resolutions: Resolutions) -> Resolution | None:
    found_ms = resolution_ms(resolutions, draft.pair.point[1], draft.metric)
    if found_ms is None or not len(draft.values):
        return None
    return Resolution((float(np.mean(draft.values.a)), float(np.mean(draft.values.b))), found_ms)


def why_no_ratio(shared_blocks: int, pairs: int) -> str | None:
    """Why two systems have no ratio, from the blocks that they share and those in which both have the figure."""
    if not shared_blocks:
        return OTHER_CAMPAIGN
    return None if pairs else NOT_MEASURED


def claimed(contrasts: pd.DataFrame) -> pd.DataFrame:
    """The one row of each pair, load and metric that is claimed; all of a table that has one each."""
    return contrasts[contrasts["is_claimed"].fillna(value=True).astype(bool)]


@dataclass(frozen=True)
class Contrast:
    """A contrast as it stands in the table, or turned round: the ratio and what may be claimed of it.

    `campaign` is the one that made its blocks, `all` where they are pooled, None in a table that does not say.
    """

    ratio: Interval
    verdict: ContrastVerdict
    campaign: str | None = None

    @property
    def turned(self) -> "Contrast":
        """The same with numerator and denominator exchanged."""
        ratio = self.ratio
        low, high = (None if bound is None else 1 / bound for bound in (ratio.high, ratio.low))
        return Contrast(Interval(1 / ratio.estimate, low, high, ratio.n), self.verdict.turned, self.campaign)


def find_contrast(
    contrasts: pd.DataFrame, metric: str, numerator: str, denominator: str, point: Point
) -> Contrast | None:
    """The claimed contrast, whichever way round it stands in the table; None where there is no ratio."""
    contrasts = claimed(contrasts)
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
    verdict = ContrastVerdict(ContrastWord.of(row["verdict"]), str(row["verdict_reason"]))
    return Contrast(ratio, verdict, None if pd.isna(row["campaign"]) else str(row["campaign"]))
