"""A plot: a name, what it shows, how to read it, its data and its chart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.criteria import Criteria
from servebench.config import Config
from servebench.report.data import StudyData
from servebench.report.format import confidence_text


def _every_study(_: Config) -> bool:
    return True


@dataclass(frozen=True)
class Plot:
    """One plot, of the studies whose config it is for; `{confidence}` in its title is that of the study's intervals.

    The title says what is seen, the caption in a sentence or two how to read it.
    """

    name: str
    title: str
    caption: str
    data: Callable[[StudyData], pd.DataFrame]
    draw: Callable[[StudyData, pd.DataFrame], Any]
    is_for: Callable[[Config], bool] = _every_study

    def title_of(self, data: StudyData) -> str:
        """The title for a study."""
        return self.title_for(data.config)

    def title_for(self, config: Config) -> str:
        """The title for a study of this configuration."""
        return self.title.format(confidence=confidence_text(Criteria.of(config).confidence))
