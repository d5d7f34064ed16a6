"""What the rows of the tables say of themselves: which cell, which load, whether measured."""

from typing import Any

import pandas as pd

from servebench.load_point import LoadPoint, parse_load_point
from servebench.words import Outcome

# What names a cell, and the point at which systems meet.
CELL = ["model", "system", "generator", "load_point"]
POINT = ["model", "generator", "load_point"]
# What names a block: pairs are of one campaign, one repeat and one node only.
BLOCK = ["campaign", "repeat", "node"]


def load_of(row: Any) -> LoadPoint:
    """The load point of a trial's, cell's or contrast's row."""
    return parse_load_point(str(row["load_point"]))


def is_open(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are of an open loop."""
    return pd.Series([parse_load_point(str(name)).is_open for name in frame["load_point"]], frame.index, dtype=bool)


def is_measured(trials: pd.DataFrame) -> "pd.Series[bool]":
    """Which trials figures are made of: measured to their end, and neither disturbed nor unsteady."""
    # Tables of before do not say which trials count.
    return has_figures(trials) & trials["counts"].fillna(True).astype(bool)


def has_figures(trials: pd.DataFrame) -> "pd.Series[bool]":
    """Which trials were measured to their end."""
    return pd.Series([word == Outcome.MEASURED for word in trials["outcome"]], trials.index, dtype=bool)


def rows_of(frame: pd.DataFrame) -> "pd.Series[int]":
    """How many rows a request holds, of each of a table's own rows."""
    return pd.Series([parse_load_point(str(name)).rows for name in frame["load_point"]], frame.index, dtype=int)


def load_alone(frame: pd.DataFrame) -> "pd.Series[str]":
    """The load of each of a table's rows as its name tells it, without the rows a request."""
    names = [parse_load_point(str(name)).load_name for name in frame["load_point"]]
    return pd.Series(names, frame.index, dtype="string")


def is_evenly_spaced(row: Any) -> bool:
    """Whether a rate's requests did not come at random: users who do would not be served as well."""
    return bool(row["arrivals"] != "poisson")
