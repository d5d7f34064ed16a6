"""The article, settled: each of its claims beside our figures by its method and by one that is not the limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.report.factors import factors_section
from servebench.report.format import MISSING, figure, interval_text, load_name, markdown_table
from servebench.report.roles import Roles, roles_of

# Ratios within these bounds are "about the same", as the article says of its mean response times.
SAME = (0.8, 1.25)
# The article prints whole milliseconds: this is what still rounds to its 1 ms.
ALMOST_ZERO_MS = 1.5
GENERATORS_TIME = "generator-bound: mostly time inside the generator"

Point = tuple[str, str, str]


@dataclass(frozen=True)
class Claim:
    """A claim as a ratio of the C++ system over FastAPI; `holds` judges an interval of ours."""

    text: str
    metric: str
    article: str
    holds: Callable[[float, float], bool]
    is_refuted: Callable[[float, float], bool]


@dataclass(frozen=True)
class PlainClaim:
    """A claim of each system's own figure; `holds` judges one figure."""

    text: str
    metric: str
    unit: str
    article: str
    holds: Callable[[float], bool]


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
    PlainClaim(
        "the minimum response time is almost zero for both",
        "latency_min_ms",
        " ms",
        "0 ms; 1 ms",
        lambda value: value <= ALMOST_ZERO_MS,
    ),
    Claim(
        "C++ has about half the maximum response time",
        "latency_max_ms",
        "0.42",
        lambda low, high: low <= 0.5 <= high or low <= 0.42 <= high,
        lambda low, high: low > 0.5 or high < 0.42,
    ),
    PlainClaim("neither made an error", "errors_total", " errors", "0; 0", lambda value: value == 0),
    Claim(
        "C++ uses far less memory",
        "pss_mean_mib",
        "0.16",
        lambda _low, high: high < 0.5,
        lambda low, _high: low > 0.5,
    ),
)


def replication_section(trials: pd.DataFrame, cells: pd.DataFrame, contrasts: pd.DataFrame) -> str:
    """The claims' table and the factors' table; empty where the systems for it were not measured."""
    closed = cells[(cells["repeats"] > 0) & (cells["loop"] == "closed")]
    roles = roles_of(closed)
    if roles is None:
        return ""
    points = _points(closed, roles)
    parts = [
        "## The article's claims",
        _claims(closed, contrasts, roles, points),
        "Ratios are C++ over FastAPI, paired within blocks, with 95 % intervals; pairs are C++; FastAPI."
        + _notes(trials, roles),
        factors_section(trials, points, [roles.python, roles.compiled, roles.cpp]) if roles.compiled else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _notes(trials: pd.DataFrame, roles: Roles) -> str:
    """What differs from the article's setting."""
    stand_in = "" if roles.is_crow else f" Crow was not measured here: `{roles.cpp}` stands for C++."
    placement = (
        " In the article server and generator shared all CPUs, as in `config/article.yaml`; here each had its own."
        if bool(trials["is_pinned"].dropna().all())
        else ""
    )
    return stand_in + placement


def _points(closed: pd.DataFrame, roles: Roles) -> list[Point]:
    """Model, generator and load point of every generator's largest closed loop that both systems ran."""
    found = []
    for (model, generator), group in closed.groupby(["model", "generator"], sort=False):
        users = [set(group.loc[group["system"] == system, "users"]) for system in (roles.cpp, roles.python)]
        shared = users[0] & users[1]
        if shared:
            found.append((str(model), str(generator), f"users-{max(shared)}"))
    # The article's generator first.
    return sorted(found, key=lambda point: not point[1].startswith("locust"))


def _claims(closed: pd.DataFrame, contrasts: pd.DataFrame, roles: Roles, points: list[Point]) -> str:
    rows = []
    for claim in CLAIMS:
        for point in points:
            cells = [_cell(closed, system, point) for system in (roles.cpp, roles.python)]
            where = f"{point[1]}, {load_name(cells[0])}" + (f", {point[0]}" if closed["model"].nunique() > 1 else "")
            judged = (
                _judge_plain(claim, cells)
                if isinstance(claim, PlainClaim)
                else _judge(claim, cells, ratio_of(contrasts, claim.metric, roles.cpp, roles.python, point))
            )
            rows.append([claim.text, claim.article, where, *judged])
    return markdown_table(["claim", "article", "measured by", "ours", "verdict"], rows)


def _judge(claim: Claim, cells: list[Any], ratio: tuple[float, float, float] | None) -> list[str]:
    """Our ratio and the verdict; `cells` are C++, FastAPI."""
    if ratio is None:
        return [MISSING, "inconclusive: too few blocks"]
    low, estimate, high = ratio
    text = interval_text(estimate, low, high)
    verdicts = [cell["verdict"] for cell in cells]
    if claim.metric == "throughput_rps" and verdicts[0] == "generator-bound":
        return [f"≥ {text}", "generator-bound: a lower bound"]
    if claim.metric.startswith("latency") and "generator-bound" in verdicts:
        return [text, GENERATORS_TIME]
    if claim.metric != "pss_mean_mib" and "inconclusive" in verdicts:
        return [text, "inconclusive: who was the limit is not known"]
    if claim.holds(low, high):
        return [text, "replicated"]
    return [text, "not replicated" if claim.is_refuted(low, high) else "inconclusive: the interval is too wide"]


def _judge_plain(claim: PlainClaim, cells: list[Any]) -> list[str]:
    """Both figures and the verdict; `cells` are C++, FastAPI."""
    values = [cell[claim.metric] for cell in cells]
    text = "; ".join(f"{figure(value)}{claim.unit}" for value in values)
    if any(pd.isna(value) for value in values):
        return [text, "inconclusive: not measured"]
    failing = [cell["verdict"] for cell, value in zip(cells, values, strict=True) if not claim.holds(float(value))]
    if claim.metric.startswith("latency") and failing and set(failing) == {"generator-bound"}:
        return [text, GENERATORS_TIME]
    return [text, "not replicated" if failing else "replicated"]


def _cell(closed: pd.DataFrame, system: str, point: Point) -> Any:
    model, generator, load_point = point
    same = (closed["model"] == model) & (closed["generator"] == generator) & (closed["load_point"] == load_point)
    return closed[same & (closed["system"] == system)].iloc[0]


def ratio_of(
    contrasts: pd.DataFrame, metric: str, numerator: str, denominator: str, point: Point
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
