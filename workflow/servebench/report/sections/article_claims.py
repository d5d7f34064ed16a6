"""The article, settled: each of its claims beside our figures by its method and by one that is not the limit."""

from typing import Any

import pandas as pd

from servebench.analyse.bounds import bound_of
from servebench.analyse.claims import CLAIMS, NOT_MEASURED, Claim, ClaimVerdict, PlainClaim, judge_plain, judge_ratio
from servebench.analyse.contrasts import Contrast, find_contrast
from servebench.analyse.criteria import Criteria
from servebench.analyse.metrics import metric_of
from servebench.analyse.pairs import Point
from servebench.analyse.roles import CPP_FRAMEWORK, Roles
from servebench.analyse.rows import POINT, load_of
from servebench.analyse.text import MISSING
from servebench.report.data import StudyData
from servebench.report.format import and_more, confidence_text, figure, interval_text, markdown_table
from servebench.report.intervals import has_intervals
from servebench.report.measured_roles import MeasuredRoles, article_roles
from servebench.report.word_list import word_list
from servebench.words import Bound, ClaimWord, VerdictWord

ARTICLE = (
    'The article that started this, "Benchmarking ML APIs" (February 2026), asked a model behind FastAPI and behind '
    "Crow with 200 users of Locust, and took Locust's limit for Crow's."
)
NAMED = 'The article is "Benchmarking ML APIs" (February 2026), on FastAPI and Crow.'
MARKS = "≥ and ≤ mark what somebody else limited: a bound of the server's own figure."
HEADER = ["claim", "article", "measured by", "ours", "verdict"]
# The claims by two generators.
MOST_ROWS = 12


def article_claims(data: StudyData) -> str:
    """The claims' table; empty where the systems for it were not measured with a model that is trained here."""
    found = article_roles(data)
    if found is None:
        return ""
    parts = [
        "## The article's claims",
        ARTICLE,
        markdown_table(HEADER, _rows(found, data.contrasts)),
        word_list(ClaimWord),
        f"{_direction(found.roles)}; ratios are paired within blocks{_confidence(data)}. {MARKS}"
        + _notes(data.trials, found.roles),
    ]
    return "\n\n".join(parts)


def claims_in_short(data: StudyData) -> str:
    """The claims' table alone, as far as the summary has room; empty likewise."""
    found = article_roles(data)
    if found is None:
        return ""
    rows = _rows(found, data.contrasts)
    parts = ["## The article's claims", markdown_table(HEADER, rows[:MOST_ROWS]), f"{NAMED} {_direction(found.roles)}."]
    parts += [and_more(len(rows) - MOST_ROWS)]
    return "\n\n".join(part for part in parts if part)


def _direction(roles: Roles) -> str:
    """Which system is over which."""
    return (
        f"A ratio is `{roles.cpp}` (C++, the model compiled) over `{roles.python}` (FastAPI, the model in "
        f"scikit-learn), a pair `{roles.cpp}`; `{roles.python}`"
    )


def _confidence(data: StudyData) -> str:
    """How sure the ratios' intervals are, where there are some."""
    confidence = confidence_text(Criteria.of(data.config).confidence)
    return f", with {confidence} intervals" if has_intervals(data) else ""


def _notes(trials: pd.DataFrame, roles: Roles) -> str:
    """What differs from the article's setting."""
    stand_in = f" {CPP_FRAMEWORK} was not measured here: `{roles.cpp}` stands for C++."
    placement = (
        " In the article server and generator shared all CPUs, as in `config/article.yaml`; here each had its own."
        if bool(trials["is_pinned"].dropna().all())
        else ""
    )
    return ("" if roles.is_articles_cpp else stand_in) + placement


def _rows(found: MeasuredRoles, contrasts: pd.DataFrame) -> list[list[str]]:
    closed, roles, rows = found.closed, found.roles, []
    for claim in CLAIMS:
        for point in found.points:
            cells = [_cell(closed, system, point) for system in (roles.cpp, roles.python)]
            where = f"{point[1]}, {load_of(cells[0]).label}"
            where += f", {point[0]}" if closed["model"].nunique() > 1 else ""
            judged = (
                _plain(claim, cells)
                if isinstance(claim, PlainClaim)
                else _ratio(claim, cells, find_contrast(contrasts, claim.metric, roles.cpp, roles.python, point))
            )
            rows.append([claim.text, claim.article, where, *judged])
    return rows


def _ratio(claim: Claim, cells: list[Any], contrast: Contrast | None) -> list[str]:
    """Our ratio and the verdict; `cells` are C++, FastAPI."""
    if any(pd.isna(cell[claim.metric]) for cell in cells):
        return [MISSING, _text(NOT_MEASURED)]
    verdict = judge_ratio(claim, contrast, _words(cells))
    if contrast is None or contrast.ratio.low is None:
        return [MISSING, _text(verdict)]
    ratio = interval_text(contrast.ratio.estimate, contrast.ratio.low, contrast.ratio.high)
    bound = contrast.verdict.word.bound or _bound(claim, cells)
    return [ratio if bound is None else f"{bound.mark} {ratio}", _text(verdict)]


def _bound(claim: Claim, cells: list[Any]) -> Bound | None:
    """On which side the ratio's true value lies, where one of both figures is only a bound."""
    over, under = (bound_of(cell, metric_of(claim.metric)).side for cell in cells)
    if over is not None and under is not None:
        return None
    return over or (None if under is None else under.turned)


def _plain(claim: PlainClaim, cells: list[Any]) -> list[str]:
    """Both figures and the verdict; `cells` are C++, FastAPI."""
    values = [None if pd.isna(cell[claim.metric]) else float(cell[claim.metric]) for cell in cells]
    verdict = judge_plain(claim, values, _words(cells))
    marks = [bound_of(cell, metric_of(claim.metric)).mark for cell in cells]
    figures = [f"{mark}{figure(value)}{claim.unit}" for mark, value in zip(marks, values, strict=True)]
    return ["; ".join(figures), _text(verdict)]


def _words(cells: list[Any]) -> list[VerdictWord]:
    return [VerdictWord.of(cell["verdict"]) for cell in cells]


def _text(verdict: ClaimVerdict) -> str:
    return str(verdict.word) if verdict.reason is None else f"{verdict.word}: {verdict.reason}"


def _cell(closed: pd.DataFrame, system: str, point: Point) -> Any:
    found = closed[closed["system"] == system]
    for name, value in zip(POINT, point, strict=True):
        found = found[found[name] == value]
    return found.iloc[0]
