"""Panels: the parts of a picture, each with its heading, side by side where their headings are short."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.report.plots.drawing_library import altair
from servebench.report.style import CHARACTER_WIDTH, HEIGHT, WIDTH

SPACING = 20
SMALL_HEIGHT = 200


@dataclass(frozen=True)
class Panels:
    """The headings in their order."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "Panels":
        """Those of a frame, as they come."""
        return cls(tuple(str(name) for name in frame["panel"].unique()))

    @property
    def columns(self) -> int:
        """How many stand side by side."""
        room = (WIDTH - SPACING) / 2 / CHARACTER_WIDTH
        is_narrow = len(self.names) > 1 and all(len(name) <= room for name in self.names)
        return 2 if is_narrow else 1

    @property
    def width(self) -> float:
        """Of one panel's inside."""
        return WIDTH if self.columns == 1 else (WIDTH - SPACING) / 2

    @property
    def height(self) -> float:
        """Of one panel's inside."""
        return HEIGHT if len(self.names) == 1 else SMALL_HEIGHT

    def of_chart(self, chart: Any, columns: int | None = None) -> Any:
        """A chart of the panels, whose data have the column `panel`."""
        facet = altair().Facet("panel:N", title=None, sort=list(self.names))
        columns = columns or self.columns
        found = chart.facet(facet=facet, columns=columns)
        # Else a panel without another one below it has its axis far away.
        return found.resolve_axis(x="independent") if columns > 1 else found
