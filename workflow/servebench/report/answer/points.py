"""The cells of a model by where they were measured."""

from typing import Any

import pandas as pd

from servebench.analyse.pairs import Point
from servebench.analyse.rows import POINT


def by_point(cells: pd.DataFrame) -> dict[Point, list[Any]]:
    """The rows of each model, generator and load point, in the tables' order."""
    return {
        (str(model), str(generator), str(load_point)): [row for _, row in group.iterrows()]
        for (model, generator, load_point), group in cells.groupby(POINT, sort=False)
    }
