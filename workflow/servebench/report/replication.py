"""The article, settled: each of its claims beside our figures by its method and by one that is not the limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.report.format import MISSING, figure, load_name, markdown_table, with_interval

PYTHON_SYSTEM = "fastapi"
NATIVE_SYSTEM = "fastapi-native"
# The article's framework first, then the floor under any C++ framework, which every machine can build.
CPP_SYSTEMS = ("crow", "beast")
# Ratios within these bounds are "about the same", as the article says of its mean response times.
SAME = (0.8, 1.25)


@dataclass(frozen=True)
class Claim:
    """A claim as a ratio of the C++ system over FastAPI; `holds` judges an interval of ours."""

    text: str
    metric: str
    article: str
    holds: Callable[[float, float], bool]
    is_refuted: Callable[[float, float], bool]


CLAIMS = (
    Claim(
        "C++ serves 50 % more requests/s (its own figures: 83 %)",
        "throughput_rps",
        "1.83",
        lambda low, high: low <= 1.83 and high >= 1.5,
        lambda low, high: low > 1.83 or high < 1.5,
    ),
    Claim(
        "the mean response time is about the same",
        "latency_mean_ms",
        "0.98",
        lambda low, high: low >= SAME[0] and high <= SAME[1],
        lambda low, high: low > SAME[1] or high < SAME[0],
    ),
    Claim(
        "C++ has about half the maximum response time",
        "latency_max_ms",
        "0.42",
        lambda low, high: low <= 0.5 <= high or low <= 0.42 <= high,
        lambda low, high: low > 0.5 or high < 0.42,
    ),
    Claim(
        "C++ uses far less memory",
        "pss_mean_mib",
        "0.16",
        lambda _low, high: high < 0.5,
        lambda low, _high: low > 0.5,
    ),
)


def replication_section(cells: pd.DataFrame, contrasts: pd.DataFrame) -> str:
    """The claims' table and the factors' table; empty where the systems for it were not measured."""
    closed = cells[(cells["repeats"] > 0) & (cells["loop"] == "closed")]
    cpp = next((name for name in CPP_SYSTEMS if name in set(closed["system"])), None)
    if cpp is None or PYTHON_SYSTEM not in set(closed["system"]):
        return ""
    parts = ["## The article's claims", _claims(closed, contrasts, cpp), _factors(closed, contrasts, cpp)]
    note = "" if cpp == "crow" else f" Crow was not measured here: `{cpp}` stands for C++."
    parts.append(f"Ratios are C++ over FastAPI, paired within blocks, with 95 % intervals.{note}")
    return "\n\n".join(part for part in parts if part)


def _points(closed: pd.DataFrame, cpp: str) -> list[tuple[str, str, str]]:
    """Model, generator and load point of every generator's largest closed loop that both systems ran."""
    both = closed[closed["system"].isin([cpp, PYTHON_SYSTEM])]
    found = []
    for (model, generator), group in both.groupby(["model", "generator"], sort=False):
        shared = set(group.loc[group["system"] == cpp, "users"]) & set(group.loc[group["system"] != cpp, "users"])
        if shared:
            found.append((str(model), str(generator), f"users-{max(shared)}"))
    # The article's generator first.
    return sorted(found, key=lambda point: not point[1].startswith("locust"))


def _claims(closed: pd.DataFrame, contrasts: pd.DataFrame, cpp: str) -> str:
    rows = [
        [claim.text, claim.article, *_judged(claim, closed, contrasts, cpp, point)]
        for claim in CLAIMS
        for point in _points(closed, cpp)
    ]
    return markdown_table(["claim", "article", "measured by", "ours", "verdict"], rows)


def _judged(
    claim: Claim, closed: pd.DataFrame, contrasts: pd.DataFrame, cpp: str, point: tuple[str, str, str]
) -> list[str]:
    cells = {name: _cell(closed, name, point) for name in (cpp, PYTHON_SYSTEM)}
    where = f"{point[1]}, {load_name(cells[cpp])}" + (f", {point[0]}" if closed["model"].nunique() > 1 else "")
    ratio = ratio_of(contrasts, claim.metric, cpp, PYTHON_SYSTEM, point)
    if ratio is None:
        return [where, MISSING, "inconclusive: too few blocks"]
    low, estimate, high = ratio
    text = f"{figure(estimate)} [{figure(low)}, {figure(high)}]"
    bound = {name: cell["verdict"] == "generator-bound" for name, cell in cells.items()}
    if claim.metric == "throughput_rps" and bound[cpp]:
        return [where, f"≥ {text}", "generator-bound: a lower bound"]
    if claim.metric.startswith("latency") and any(bound.values()):
        return [where, text, "generator-bound: mostly time inside the generator"]
    if claim.holds(low, high):
        return [where, text, "replicated"]
    return [where, text, "not replicated" if claim.is_refuted(low, high) else "inconclusive: the interval is too wide"]


def _cell(closed: pd.DataFrame, system: str, point: tuple[str, str, str]) -> Any:
    model, generator, load_point = point
    same = (closed["model"] == model) & (closed["generator"] == generator) & (closed["load_point"] == load_point)
    return closed[same & (closed["system"] == system)].iloc[0]


def ratio_of(
    contrasts: pd.DataFrame, metric: str, numerator: str, denominator: str, point: tuple[str, str, str]
) -> tuple[float, float, float] | None:
    """Low, estimate and high of a contrast, whichever way round it stands in the table; None without an interval."""
    model, generator, load_point = point
    same = (contrasts["model"] == model) & (contrasts["generator"] == generator)
    same &= (contrasts["load_point"] == load_point) & (contrasts["metric"] == metric)
    for above, below, is_turned in ((numerator, denominator, False), (denominator, numerator, True)):
        rows = contrasts[same & (contrasts["numerator"] == above) & (contrasts["denominator"] == below)]
        if len(rows) and pd.notna(rows.iloc[0]["ratio_low"]):
            low, estimate, high = (float(rows.iloc[0][name]) for name in ("ratio_low", "ratio", "ratio_high"))
            return (1 / high, 1 / estimate, 1 / low) if is_turned else (low, estimate, high)
    return None


def _factors(closed: pd.DataFrame, contrasts: pd.DataFrame, cpp: str) -> str:
    """What inference and framework each cost, in CPU microseconds per request."""
    rows = []
    for point in _points(closed, cpp):
        for factor, above, below in (
            ("inference: scikit-learn over compiled", PYTHON_SYSTEM, NATIVE_SYSTEM),
            (f"framework: FastAPI over {cpp}", NATIVE_SYSTEM, cpp),
        ):
            ratio = ratio_of(contrasts, "cpu_us_per_request", above, below, point)
            if ratio is None:
                continue
            costs = [with_interval(_cell(closed, name, point), "cpu_us_per_request") for name in (above, below)]
            low, estimate, high = ratio
            rows.append([factor, point[1], *costs, f"{figure(estimate)} [{figure(low)}, {figure(high)}]"])
    if not rows:
        return ""
    header = ["factor", "generator", "CPU µs per request, before", "after", "ratio"]
    return markdown_table(header, rows)
