"""Which system serves the most rows a second at each number of rows a request, and from which number on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from servebench.analyse.contrasts import Contrast, find_contrast
from servebench.analyse.pairs import Point
from servebench.analyse.rows import rows_of
from servebench.words import ContrastWord

METRIC = "rows_per_s"
# At one number of rows the ratio of rows is that of requests.
CONTRASTED = "throughput_rps"


@dataclass(frozen=True)
class Standing:
    """What holds at a number of rows: one system `different` from the next, two `the same`, or `undecided` of two."""

    word: ContrastWord
    systems: tuple[str, ...]


@dataclass(frozen=True)
class Lead:
    """The two systems that serve most at a number of rows, and their contrast; None where they have no ratio."""

    rows: int
    best: str
    other: str
    contrast: Contrast | None

    @property
    def standing(self) -> Standing:
        """Who wins here, if that may be claimed."""
        word = self._word
        is_won = word is ContrastWord.DIFFERENT
        return Standing(word, (self.best,) if is_won else tuple(sorted((self.best, self.other))))

    @property
    def _word(self) -> ContrastWord:
        if self.contrast is None:
            return ContrastWord.UNDECIDED
        word, low = self.contrast.verdict.word, self.contrast.ratio.low
        # The true ratio is larger still than that of a lower bound.
        if word is ContrastWord.LOWER_BOUND and low is not None and low > 1:
            return ContrastWord.DIFFERENT
        return word if word in (ContrastWord.DIFFERENT, ContrastWord.SAME) else ContrastWord.UNDECIDED


def leads_of(cells: pd.DataFrame, contrasts: pd.DataFrame) -> list[Lead]:
    """The leads in the cells of one model, generator and load, by the number of rows; none where a system is alone."""
    found = []
    for rows, group in cells[cells[METRIC].notna()].groupby(rows_of(cells)):
        ordered = [row for _, row in group.sort_values(METRIC, ascending=False).iterrows()]
        if len(ordered) > 1:
            found.append(_lead(int(rows), ordered, contrasts))
    return found


def _lead(rows: int, ordered: list[Any], contrasts: pd.DataFrame) -> Lead:
    best, other = (str(row["system"]) for row in ordered[:2])
    point: Point = (str(ordered[0]["model"]), str(ordered[0]["generator"]), str(ordered[0]["load_point"]))
    return Lead(rows, best, other, find_contrast(contrasts, CONTRASTED, best, other, point))


def runs_of(leads: Sequence[Lead], numbers: Sequence[int]) -> list[list[Lead]]:
    """Leads in which the same holds together, as far as there is one at each of the `numbers` of rows between."""
    keyed = [((lead.standing, numbers.index(lead.rows) - place), lead) for place, lead in enumerate(leads)]
    return [[lead for _, lead in run] for _, run in groupby(keyed, key=lambda pair: pair[0])]
