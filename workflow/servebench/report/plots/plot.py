"""A plot: a name, what it shows, how to read it, its data and its chart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.criteria import Criteria
from servebench.report.data import StudyData
from servebench.report.format import confidence_text
from servebench.report.plots.clauses import Clause
from servebench.report.plots.need import ANYTHING, Need

# What a title ends with where its figures have intervals.
INTERVAL = ", {confidence} interval"


@dataclass(frozen=True)
class Plot:
    """One plot, of the studies whose config gives what it needs.

    The title says what is seen, the caption in a sentence or two how to read it; `clauses` explain the marks that stand
    there.
    """

    name: str
    title: str
    caption: str
    data: Callable[[StudyData], pd.DataFrame]
    draw: Callable[[StudyData, pd.DataFrame], Any]
    need: Need = ANYTHING
    clauses: Sequence[Clause] = ()

    @property
    def plain_title(self) -> str:
        """The title without a word of intervals."""
        return self.title.removesuffix(INTERVAL)

    def caption_of(self, data: StudyData, frame: pd.DataFrame) -> str:
        """The caption for a frame, with what its marks mean."""
        told = [] if frame.empty else [clause(data, frame) for clause in self.clauses]
        return " ".join([self.caption, *(text for text in told if text)])

    def title_of(self, data: StudyData, frame: pd.DataFrame) -> str:
        """The title for a frame, which says how sure its intervals are where it has one."""
        if not _has_interval(frame):
            return self.plain_title
        return self.title.format(confidence=confidence_text(Criteria.of(data.config).confidence))


def _has_interval(frame: pd.DataFrame) -> bool:
    """Whether one of its figures has an interval: that takes some repeats."""
    return any(frame[name].notna().any() for name in frame.columns if name.endswith("_low"))
