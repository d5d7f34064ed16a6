"""Clauses of captions about marks: each is told where a picture has its mark."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots.frames import IS_LOWER_BOUND, IS_UPPER_BOUND, OFF


@dataclass(frozen=True)
class Clause:
    """A sentence, and whether a study's frame has what it is about."""

    text: str
    applies: Callable[[StudyData, pd.DataFrame], bool]


def _has(*columns: str) -> Callable[[StudyData, pd.DataFrame], bool]:
    """Whether one of these marks stands in some row."""
    return lambda _data, frame: any(frame[name].fillna(False).astype(bool).any() for name in columns if name in frame)


def has_figure(column: str) -> Callable[[StudyData, pd.DataFrame], bool]:
    """Whether some row has a figure in the column."""
    return lambda _data, frame: column in frame and bool(frame[column].notna().any())


LOWER_BOUND = Clause("An arrow and ≥ mark a lower bound: the server may do more.", _has(IS_LOWER_BOUND))
BOUND = Clause("An arrow with ≥ or ≤ marks a bound.", _has(IS_LOWER_BOUND, IS_UPPER_BOUND))
OBJECTIVE = Clause("A dashed line is the study's objective.", lambda data, _frame: data.config.objective is not None)
MAY_BE_OFF = Clause("A pale bar shows how far the instrument may be off.", has_figure(OFF))
