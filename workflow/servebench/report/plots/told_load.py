"""Which load a plot of one load shows: the answer's, so that its figures are those of the answer."""

import pandas as pd

from servebench.analyse.rows import POINT, rows_of
from servebench.report.answer.capacities import answered_points
from servebench.report.data import StudyData
from servebench.report.plots.frames import at_most_load


def at_told_load(data: StudyData, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of the answer's load; of each other generator, loop, or rows a request those of the largest load."""
    answered = answered_points(data.cells)
    others, points = at_most_load(cells), zip(*(cells[name] for name in POINT), strict=True)
    at_answer = cells[pd.Series([point in answered for point in points], cells.index, dtype=bool)]
    told = set(_series(at_answer))
    untold = pd.Series([found not in told for found in _series(others)], others.index, dtype=bool)
    return pd.concat([at_answer, others[untold]]).sort_index()


def _series(cells: pd.DataFrame) -> list[tuple[str, str, str, int]]:
    """Of each row which loads it stands among: those of its model, generator, loop and rows a request."""
    return list(zip(cells["model"], cells["generator"], cells["loop"], rows_of(cells), strict=True))
