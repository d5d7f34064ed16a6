"""Which contrasts are a surprise, by what the primary figure of their pair says."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.contrasts import claimed
from servebench.analyse.metrics import metric_of
from servebench.words import ContrastWord

Row = Mapping[Any, Any]
PAIR = ("model", "generator", "numerator", "denominator")


@dataclass(frozen=True)
class Surprise:
    """A contrast that the pair's primary one does not let expect.

    `factor` is how many times the two differ at least: how far from 1 the near end of the interval lies.
    """

    row: Row
    primary: Row
    factor: float


def surprises(contrasts: pd.DataFrame, shown: pd.DataFrame) -> list[Surprise]:
    """Those among the `shown` rows of all contrasts, the most surprising first.

    The primary figure says which of two is better, or that they are the same. A surprise is a figure in which the other
    one is better, or one of them at all where they are the same; both must be decided.
    """
    primary = {_pair(row): row for row in _rows(contrasts) if row["is_primary"]}
    found = [_surprise(row, primary[_pair(row)]) for row in _rows(shown) if _pair(row) in primary]
    return sorted((surprise for surprise in found if surprise), key=lambda surprise: -surprise.factor)


def better_of(row: Row) -> str | None:
    """Who is better in a contrast; None where they are the same or nothing is decided."""
    lead = _lead(row)
    if not lead:
        return None
    return str(row["numerator"] if lead > 0 else row["denominator"])


def _rows(contrasts: pd.DataFrame) -> Iterable[Row]:
    table = claimed(contrasts)
    return table.assign(is_primary=table["is_primary"].fillna(value=False).astype(bool)).to_dict("records")


def _pair(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in PAIR)


def _surprise(row: Row, primary: Row) -> Surprise | None:
    lead, expected = _lead(row), _lead(primary)
    if not lead or expected is None or lead * expected > 0:
        return None
    return Surprise(row, primary, math.exp(abs(lead)))


def _lead(row: Row) -> float | None:
    """How far the numerator is better at least, as a logarithm: 0 if they are the same, None if nothing is said."""
    word = ContrastWord.of(row["verdict"])
    if word is ContrastWord.SAME:
        return 0.0
    sign = 1 if metric_of(row["metric"]).is_throughput else -1
    low, high = row["ratio_low"], row["ratio_high"]
    if word in (ContrastWord.DIFFERENT, ContrastWord.LOWER_BOUND) and pd.notna(low) and low > 1:
        return sign * math.log(low)
    if word in (ContrastWord.DIFFERENT, ContrastWord.UPPER_BOUND) and pd.notna(high) and high < 1:
        return sign * math.log(high)
    return None
