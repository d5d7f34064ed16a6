"""Clauses of captions about what stands in a picture: each is empty where it is not there."""

from collections.abc import Callable

import pandas as pd

from servebench.report.data import StudyData
from servebench.report.plots.frames import IS_LOWER_BOUND, IS_UPPER_BOUND, OFF
from servebench.words import VerdictWord

Clause = Callable[[StudyData, pd.DataFrame], str]


def with_mark(text: str, *columns: str) -> Clause:
    """A sentence for frames of which some row has one of these marks."""

    def clause(_data: StudyData, frame: pd.DataFrame) -> str:
        marked = any(frame[name].fillna(False).astype(bool).any() for name in columns if name in frame)
        return text if marked else ""

    return clause


def with_figure(text: str, column: str) -> Clause:
    """A sentence for frames of which some row has a figure in the column."""
    return lambda _data, frame: text if column in frame and frame[column].notna().any() else ""


def objective(data: StudyData, _frame: pd.DataFrame) -> str:
    """What the line of the study's objective is."""
    return "A dashed line is the study's objective." if data.config.objective is not None else ""


def overload(_data: StudyData, frame: pd.DataFrame) -> str:
    """What the latency of a server means that did not keep up."""
    is_there = (frame["verdict"] == VerdictWord.OVERLOAD).any()
    return "The latency of a server that did not keep up (overload) grows with the window." if is_there else ""


LOWER_BOUND = with_mark("An arrow and ≥ mark a lower bound: the server may do more.", IS_LOWER_BOUND)
BOUND = with_mark("An arrow with ≥ or ≤ marks a bound.", IS_LOWER_BOUND, IS_UPPER_BOUND)
MAY_BE_OFF = with_figure("A pale bar shows how far the instrument may be off.", OFF)
