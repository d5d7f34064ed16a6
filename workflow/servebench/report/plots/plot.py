"""A plot: a name, its data and its chart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.report.data import StudyData


@dataclass(frozen=True)
class Plot:
    """One plot."""

    name: str
    title: str
    data: Callable[[StudyData], pd.DataFrame]
    draw: Callable[[StudyData, pd.DataFrame], Any]
