"""Ratios of two systems within blocks, each with its verdict: first those that surprise, then all of them."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from servebench.analyse.contrasts import OTHER_CAMPAIGN, claimed
from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import is_open, load_of
from servebench.analyse.surprise import Surprise, better_of, surprises
from servebench.analyse.text import MISSING
from servebench.load_point import parse_load_point
from servebench.report.data import StudyData
from servebench.report.format import confidence_text, contrast_text, figure, markdown_table, with_interval
from servebench.report.word_list import word_list
from servebench.thresholds import HETEROGENEOUS
from servebench.words import ContrastWord

LEAST_P = 0.001
# The others stand among all of them only.
MOST_SURPRISES = 10
SURPRISE = (
    "A contrast is surprising where it disagrees with the pair's primary figure, its throughput where that was "
    "measured: the slower system is better in it, or two that serve the same differ in it. The further its whole "
    "interval lies from 1, the higher it stands."
)
NO_SURPRISE = "There is none: no decided figure contradicts the primary one of its pair."
OTHER_CAMPAIGN_REMEDY = (
    "Systems of another campaign were never measured side by side: what the machine did at one time is not what it did "
    "at another. More `repeats`, or a new study, measure blocks of all of them together."
)
NOTE = (
    "p is given for each pair's primary figure: of the hypothesis that it differs by less than the smallest effect, "
    "adjusted by Holm over the pairs of its model and generator. The other figures are secondary: of many, some differ "
    "by chance."
)
CAMPAIGNS = (
    "Blocks of several campaigns stand apart, and are claimed together (`all`) where an analysis of variance does not "
    f"say that their ratios differ (p of at least {HETEROGENEOUS}); where it does, the latest one is claimed."
)


def contrasts(data: StudyData) -> str:
    """The contrasts that the catalogue shows, at each generator's largest closed loop and at every open one."""
    if data.contrasts.empty:
        return ""
    shown = _shown(data.contrasts, data.cells)
    criteria = Criteria.of(data.config)
    several = [name for name in ("model", "generator") if shown[name].nunique() > 1]
    parts = [
        "## Contrasts within blocks",
        SURPRISE,
        _surprises(surprises(data.contrasts, shown), several, _ratio(shown, criteria)),
        "### All of them",
        *_tables(shown, criteria),
        word_list(ContrastWord),
        _effects(criteria),
        NOTE,
        *([CAMPAIGNS] if _has_campaigns(shown) else []),
    ]
    if (data.contrasts["reason"] == OTHER_CAMPAIGN).any():
        parts.append(OTHER_CAMPAIGN_REMEDY)
    return "\n\n".join(parts)


def _surprises(found: list[Surprise], several: Sequence[str], ratio: str) -> str:
    """The first of them, with what was to be expected; `several` names what must be told beside the load."""
    if not found:
        return NO_SURPRISE
    header = [*several, "load", "ratio of", "systems", ratio, "better in it", "by the primary figure"]
    rows = [_surprise(surprise, several) for surprise in found[:MOST_SURPRISES]]
    more = len(found) - len(rows)
    return "\n\n".join([markdown_table(header, rows), *([f"And {more:,} more, which differ by less."] if more else [])])


def _surprise(surprise: Surprise, several: Sequence[str]) -> list[str]:
    row, primary = surprise.row, surprise.primary
    ratio = f"{metric_of(primary['metric']).label}, {load_of(primary).label}: {with_interval(primary, 'ratio')}"
    return [
        *(str(row[name]) for name in several),
        *_figure(row),
        with_interval(row, "ratio"),
        better_of(row) or MISSING,
        f"{better_of(primary) or 'the same'} ({ratio})",
    ]


def _tables(shown: pd.DataFrame, criteria: Criteria) -> Iterator[str]:
    """A table a model and generator, each with its head where there are several."""
    groups = [*shown.groupby(["model", "generator"], sort=False)]
    for (model, generator), group in groups:
        if len(groups) > 1:
            yield f"**{model}, load by {generator}**"
        yield _table(group, _has_campaigns(shown), criteria)


def _table(shown: pd.DataFrame, has_campaigns: bool, criteria: Criteria) -> str:
    header = ["load", "ratio of", "systems", "blocks", *(["campaign"] if has_campaigns else [])]
    header += [_ratio(shown, criteria), "p", "verdict"]
    rows = [
        [
            *_figure(row),
            str(row["blocks"]),
            *([MISSING if pd.isna(row["campaign"]) else row["campaign"]] if has_campaigns else []),
            with_interval(row, "ratio"),
            _adjusted_p(row),
            contrast_text(ContrastWord.of(row["verdict"]), row["verdict_reason"]),
        ]
        for _, row in shown.iterrows()
    ]
    return markdown_table(header, rows)


def _figure(row: Any) -> list[str]:
    """Of which load, figure and systems a row is."""
    return [load_of(row).label, metric_of(row["metric"]).label, f"{row['numerator']} / {row['denominator']}"]


def _ratio(shown: pd.DataFrame, criteria: Criteria) -> str:
    """The head of the ratios' column, which speaks of intervals where there are some."""
    has_interval = bool(shown["ratio_low"].notna().any())
    return f"ratio [{confidence_text(criteria.confidence)} interval]" if has_interval else "ratio"


def _has_campaigns(shown: pd.DataFrame) -> bool:
    """Whether some pair has rows of several campaigns."""
    return len(claimed(shown)) < len(shown)


def _effects(criteria: Criteria) -> str:
    smallest = f"{criteria.smallest_effect * 100:g} %, of memory {criteria.smallest_effect_memory * 100:g} %"
    return f"The smallest effect is {smallest} (`smallest_effect`, `smallest_effect_memory`)."


def _adjusted_p(row: Any) -> str:
    """The adjusted p of a primary figure, else that the figure is secondary."""
    if pd.isna(row["is_primary"]) or not row["is_primary"]:
        return "secondary"
    p = row["p_holm"]
    if pd.isna(p):
        return MISSING
    return "< 0.001" if p < LEAST_P else figure(p, 2)


def _shown(contrasts: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    most = cells["users"] == cells.groupby("generator")["users"].transform("max")
    points = cells[most.fillna(value=False).astype(bool) | is_open(cells)]
    shown_points = {*zip(points["generator"], points["load_point"], strict=True)}
    named = zip(*(contrasts[name] for name in ("generator", "load_point", "metric")), strict=True)
    is_shown = [
        (generator, load_point) in shown_points and parse_load_point(load_point).loop in metric_of(metric).shown
        for generator, load_point, metric in named
    ]
    # What is claimed of a pair comes first.
    return contrasts[is_shown].sort_values("is_primary", ascending=False, kind="stable")
