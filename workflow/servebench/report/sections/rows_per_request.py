"""What several rows a request bring: rows a second and CPU a row of each system, and who wins from which number on."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import is_open, load_alone, load_of, rows_of
from servebench.analyse.rows_leads import CONTRASTED, METRIC, Lead, leads_of, runs_of
from servebench.analyse.text import MISSING
from servebench.load_point import rows_label
from servebench.report.data import StudyData
from servebench.report.format import contrast_text, interval_text, markdown_table, with_interval
from servebench.words import ContrastWord

COST = "cpu_us_per_row"
NOTE = (
    "A request of many rows pays once for what a request costs: the connection, the parser, the call of the estimator. "
    "Who wins is said of two systems at the same number of rows, by the verdict of their contrast in throughput; "
    "≥ marks a lower bound."
)


def rows_per_request(data: StudyData) -> str:
    """Tables and sentences for each load with several numbers of rows; empty where a study has none."""
    parts = []
    shown = _shown(data.measured_cells)
    for (model, generator, _), group in shown.groupby(["model", "generator", load_alone(shown)], sort=False):
        place = f"{model}, {generator}, {load_of(group.iloc[0]).load_label}"
        parts += _of_load(group, data.contrasts, place)
    return "\n\n".join(["## Rows per request", *parts, NOTE]) if parts else ""


def _shown(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of loads with several numbers of rows; of a generator's closed loops those of the largest."""
    points = cells.groupby(["model", "generator", load_alone(cells)])["load_point"].transform("nunique")
    several = cells[points > 1]
    most = several["users"] == several.groupby(["model", "generator"])["users"].transform("max")
    return several[most.fillna(value=False).astype(bool) | is_open(several)]


def _of_load(cells: pd.DataFrame, contrasts: pd.DataFrame, place: str) -> list[str]:
    numbers = sorted(set(rows_of(cells)))
    loop = load_of(cells.iloc[0]).loop
    # Where a rate is prescribed the rows a second are too.
    is_won = loop in metric_of(CONTRASTED).contrast
    leads = leads_of(cells, contrasts) if is_won else []
    lines = [_sentence(run, numbers) for run in runs_of(leads, numbers)]
    return [
        *([f"Rows a second by rows a request ({place}):", _table(cells, METRIC, numbers)] if is_won else []),
        *(["\n".join(lines)] if lines else []),
        f"{metric_of(COST).title} ({place}):",
        _table(cells, COST, numbers),
    ]


def _table(cells: pd.DataFrame, metric: str, numbers: Sequence[int]) -> str:
    """A line a system, a column a number of rows."""
    rows = []
    for system, group in cells.groupby("system", sort=False):
        found = {load_of(row).rows: row for _, row in group.iterrows()}
        rows.append([str(system), *(_figure(found.get(number), metric) for number in numbers)])
    return markdown_table(["system", *(rows_label(number) for number in numbers)], rows)


def _figure(row: Any, metric: str) -> str:
    if row is None:
        return MISSING
    return with_interval(row, metric, metric == METRIC and bool(row["throughput_is_lower_bound"]))


def _sentence(run: Sequence[Lead], numbers: Sequence[int]) -> str:
    """Who wins over which numbers of rows, with each ratio."""
    ratios = "; ".join(_ratio(lead) for lead in run)
    return f"- {_span(run[0].rows, run[-1].rows, numbers)} {_claim(run[0])} ({ratios})"


def _span(first: int, last: int, numbers: Sequence[int]) -> str:
    starts, ends = first == numbers[0], last == numbers[-1]
    if starts and ends:
        return "at every number of rows"
    if ends:
        return f"from {rows_label(first)} on"
    if first == last:
        return f"at {rows_label(first)}"
    return f"up to {rows_label(last)}" if starts else f"from {first:,} to {rows_label(last)}"


def _claim(lead: Lead) -> str:
    word, systems = lead.standing.word, lead.standing.systems
    if word is ContrastWord.DIFFERENT:
        return f"`{systems[0]}` serves the most rows"
    names = " and ".join(f"`{name}`" for name in systems)
    return f"{names} serve the same" if word is ContrastWord.SAME else f"it is undecided which of {names} serves more"


def _ratio(lead: Lead) -> str:
    if lead.contrast is None:
        return f"at {lead.rows:,}: not comparable with `{lead.other}`, too few common blocks"
    ratio, verdict = lead.contrast.ratio, lead.contrast.verdict
    times = interval_text(ratio.estimate, ratio.low, ratio.high)
    words = contrast_text(verdict.word, verdict.reason)
    return f"at {lead.rows:,}: `{lead.best}` {times} times what `{lead.other}` does, {words}"
