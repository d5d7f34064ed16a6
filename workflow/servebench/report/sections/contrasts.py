"""Ratios of two systems within blocks, each with its verdict."""

import pandas as pd

from servebench.analyse.contrasts import OTHER_CAMPAIGN
from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import is_open, load_of
from servebench.report.data import StudyData
from servebench.report.format import contrast_text, markdown_table, with_interval
from servebench.report.word_list import word_list
from servebench.words import ContrastWord

OTHER_CAMPAIGN_REMEDY = (
    "Systems of another campaign were never measured side by side: what the machine did at one time is not what it did "
    "at another. More `repeats` measure further blocks of all of them together."
)


def contrasts(data: StudyData) -> str:
    """The contrasts that the catalogue shows, at each generator's largest closed loop and at every open one."""
    if data.contrasts.empty:
        return ""
    rows = [
        [
            row["model"],
            row["generator"],
            load_of(row).label,
            metric_of(row["metric"]).label,
            f"{row['numerator']} / {row['denominator']}",
            str(row["blocks"]),
            with_interval(row, "ratio"),
            contrast_text(ContrastWord.of(row["verdict"]), row["verdict_reason"]),
        ]
        for _, row in _shown(data.contrasts, data.cells).iterrows()
    ]
    header = ["model", "generator", "load", "ratio of", "systems", "blocks", "ratio [95 % interval]", "verdict"]
    parts = ["## Contrasts within blocks", markdown_table(header, rows), word_list(ContrastWord)]
    if (data.contrasts["reason"] == OTHER_CAMPAIGN).any():
        parts.append(OTHER_CAMPAIGN_REMEDY)
    return "\n\n".join(parts)


def _shown(contrasts: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    most = cells["users"] == cells.groupby("generator")["users"].transform("max")
    points = cells[most.fillna(value=False).astype(bool) | is_open(cells)]
    shown_points = {*zip(points["generator"], points["load_point"], strict=True)}
    is_shown = [
        (row["generator"], row["load_point"]) in shown_points and load_of(row).loop in metric_of(row["metric"]).shown
        for _, row in contrasts.iterrows()
    ]
    return contrasts[is_shown]
