"""The article's table of figures for our systems at the most users, beside the article's own."""

from typing import Any

import pandas as pd

from servebench.analyse.bounds import latency_bound
from servebench.analyse.metrics import metric_of
from servebench.analyse.text import MISSING
from servebench.report.article import ARTICLE
from servebench.report.data import StudyData
from servebench.report.format import figure, latency_with_interval, markdown_table, percent, with_interval
from servebench.report.measured_roles import article_roles

NOTE = (
    "The article's columns are one run each on another machine; its Crow was idle at 1 % CPU, so its 2,200 "
    "requests/s are its generator's. The mean latency of a saturated closed loop is users divided by throughput."
)


def article_figures(data: StudyData) -> str:
    """One table a model and generator; empty where the article's systems were not measured, or with an own model."""
    found = article_roles(data)
    if found is None:
        return ""
    parts = ["## The article's figures, and ours"]
    for (model, generator), group in found.closed.groupby(["model", "generator"], sort=False):
        most = group[group["users"] == group["users"].max()]
        parts.append(f"{model}, {generator}, {int(most['users'].iloc[0])} users (the article: 200 users):")
        parts.append(_table(most, data.memory))
    return "\n\n".join([*parts, NOTE])


def _table(cells: pd.DataFrame, memory: str) -> str:
    ours = [row for _, row in cells.iterrows()]
    lines = {
        "min response time (ms)": [_extreme(row, "latency_min_ms") for row in ours],
        "mean response time (ms)": [latency_with_interval(row, "latency_mean_ms") for row in ours],
        "max response time (ms)": [_extreme(row, "latency_max_ms") for row in ours],
        metric_of("throughput_rps").title: [
            with_interval(row, "throughput_rps", bool(row["throughput_is_lower_bound"])) for row in ours
        ],
        metric_of(memory).title: [with_interval(row, memory) for row in ours],
        metric_of("cpu_mean_cores").title: [with_interval(row, "cpu_mean_cores") for row in ours],
        metric_of("threads_peak").title: [figure(row["threads_peak"]) for row in ours],
        metric_of("errors_total").title: [percent(row["error_rate"]) for row in ours],
    }
    theirs = zip(
        *(
            (a.latency_min, a.latency_mean, a.latency_max, a.throughput, a.memory, a.cpu, a.threads, a.errors)
            for a in ARTICLE
        ),
        strict=True,
    )
    header = ["", *(row["system"] for row in ours), *(a.name for a in ARTICLE)]
    rows = [[name, *values, *article] for (name, values), article in zip(lines.items(), theirs, strict=True)]
    return markdown_table(header, rows)


def _extreme(row: Any, name: str) -> str:
    """The least or largest latency: of few repeats its interval says nothing, and would reach below what was seen."""
    text = figure(row[name])
    return text if text == MISSING else f"{latency_bound(row, metric_of(name)).mark}{text}"
