"""Ratios of two systems within blocks, each with its verdict."""

from typing import Any

import pandas as pd

from servebench.analyse.contrasts import OTHER_CAMPAIGN, claimed
from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import is_open, load_of
from servebench.load_point import parse_load_point
from servebench.report.data import StudyData
from servebench.report.format import MISSING, confidence_text, contrast_text, figure, markdown_table, with_interval
from servebench.report.word_list import word_list
from servebench.thresholds import HETEROGENEOUS
from servebench.words import ContrastWord

LEAST_P = 0.001
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
    has_campaigns = len(claimed(shown)) < len(shown)
    criteria = Criteria.of(data.config)
    header = ["model", "generator", "load", "ratio of", "systems", "blocks", *(["campaign"] if has_campaigns else [])]
    header += [f"ratio [{confidence_text(criteria.confidence)} interval]", "p", "verdict"]
    rows = [
        [
            row["model"],
            row["generator"],
            load_of(row).label,
            metric_of(row["metric"]).label,
            f"{row['numerator']} / {row['denominator']}",
            str(row["blocks"]),
            *([MISSING if pd.isna(row["campaign"]) else row["campaign"]] if has_campaigns else []),
            with_interval(row, "ratio"),
            _adjusted_p(row),
            contrast_text(ContrastWord.of(row["verdict"]), row["verdict_reason"]),
        ]
        for _, row in shown.iterrows()
    ]
    parts = ["## Contrasts within blocks", markdown_table(header, rows), word_list(ContrastWord), _effects(criteria)]
    parts += [NOTE, *([CAMPAIGNS] if has_campaigns else [])]
    if (data.contrasts["reason"] == OTHER_CAMPAIGN).any():
        parts.append(OTHER_CAMPAIGN_REMEDY)
    return "\n\n".join(parts)


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
