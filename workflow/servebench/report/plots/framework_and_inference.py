"""CPU a request as a waterfall: what of it goes with the inference, and what with the framework."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.analyse.rows import CELL, POINT
from servebench.config import Config, SystemDefinition
from servebench.report.data import StudyData
from servebench.report.format import figure
from servebench.report.measured_roles import measured_roles
from servebench.report.plots.axes import zero_axis
from servebench.report.plots.dots import GAP
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import panel_a_load, with_panel
from servebench.report.plots.marks import colour_of_named
from servebench.report.plots.need import Need
from servebench.report.plots.panels import Panels
from servebench.report.plots.plot import Plot
from servebench.report.plots.told_load import at_told_load
from servebench.report.style import FULL_WIDTH, NAME_LIMIT, text_width
from servebench.words import Inference

METRIC, TITLE = "cpu_us_per_request", "CPU per request (µs)"
INFERENCE, FRAMEWORK = "by the inference", "by the framework"
COLUMNS = [*CELL, "way", "place", "step", "is_difference", "from_us", "to_us", "figure"]
ROW = 32
NO_WAY = (
    "no load has the CPU of a server that asks scikit-learn, of the same with compiled code, and of another such one"
)


@dataclass(frozen=True)
class Way:
    """From a server that asks scikit-learn, by the same one with the compiled model, to another framework's with it."""

    asking: Any
    compiled: Any
    other: Any

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What each system uses as a whole, and between them what goes with the inference and with the framework."""
        cells = [self.asking, self.compiled, self.other]
        name = f"{self.asking['system']} to {self.other['system']}"
        wholes = [_whole(cell) for cell in cells]
        steps = [_difference(*pair) for pair in ((INFERENCE, *cells[:2]), (FRAMEWORK, *cells[1:]))]
        ordered = [wholes[0], steps[0], wholes[1], steps[1], wholes[2]]
        return [{**row, "way": name, "place": place} for place, row in enumerate(ordered)]


def _whole(cell: Any) -> dict[str, Any]:
    return _row(cell, cell["system"], False, 0.0, float(cell[METRIC]), figure(cell[METRIC]))


def _difference(step: str, before: Any, after: Any) -> dict[str, Any]:
    costs = float(before[METRIC]), float(after[METRIC])
    sign = "−" if costs[1] <= costs[0] else "+"
    return _row(before, step, True, *costs, f"{sign} {figure(abs(costs[0] - costs[1]))}")


def _row(cell: Any, step: str, is_difference: bool, start: float, end: float, text: str) -> dict[str, Any]:
    names = {name: cell[name] for name in CELL}
    return {**names, "step": step, "is_difference": is_difference, "from_us": start, "to_us": end, "figure": text}


def _data(data: StudyData) -> pd.DataFrame:
    """Five rows a way, in their order."""
    cells = at_told_load(data, data.measured_cells).dropna(subset=[METRIC])
    found = measured_roles(data)
    last = "" if found is None else found.roles.cpp
    rows = [row for _, point in cells.groupby(POINT, sort=False) for way in _ways(point, last) for row in way.rows]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys([*CELL, "way"], "string"))
    panels = panel_a_load(with_panel(frame))
    return panels.assign(panel=panels["way"] + ", " + panels["panel"])


def _ways(cells: pd.DataFrame, last: str) -> Iterator[Way]:
    """One for each server that was measured with both inferences, to another compiled one.

    That is the `last` of the table of factors, or the one that uses the least where that was not measured.
    """
    compiled = cells[cells["inference"] == str(Inference.COMPILED)].sort_values(METRIC)
    for _, asking in cells[cells["inference"] == str(Inference.SKLEARN)].iterrows():
        same = compiled[compiled["server"] == asking["server"]]
        others = compiled[compiled["server"] != asking["server"]]
        if len(same) and len(others):
            named = others[others["system"] == last]
            yield Way(asking, same.iloc[0], (named if len(named) else others).iloc[0])


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt = altair()
    names = min(text_width(list(frame["step"])), NAME_LIMIT)
    width = FULL_WIDTH - names - text_width(list(frame["figure"])) - 2 * GAP
    axis = zero_axis(alt.X, "from_us", TITLE, [*frame["from_us"], *frame["to_us"]])
    base = alt.Chart(frame).encode(y=alt.Y("step:N", title=None, sort=alt.SortField("place")))
    bars = base.mark_bar(height=ROW * 0.6).encode(x=axis, x2="to_us:Q")
    wholes = bars.transform_filter("!datum.is_difference").encode(color=colour_of_named(data))
    differences = bars.transform_filter("datum.is_difference").encode(color=alt.value("#9a9a9a"))
    texts = base.mark_text(align="left").encode(x=alt.value(width + GAP), text="figure:N")
    chart = (wholes + differences + texts).properties(width=width, height=alt.Step(ROW))
    return Panels.of(frame).of_chart(chart, columns=1).resolve_scale(y="independent")


def _has_a_way(config: Config) -> bool:
    """Whether some server is measured with both inferences, and another with the compiled model."""
    definitions = [config.system_catalogue[name] for name in config.every_system]
    made = {(d.server, d.inference) for d in definitions if isinstance(d, SystemDefinition)}
    compiled = {server for server, inference in made if inference is Inference.COMPILED}
    both = {server for server in compiled if (server, Inference.SKLEARN) in made}
    return bool(both) and len(compiled) > 1


PLOT = Plot(
    "framework_and_inference",
    "Where the CPU of a request goes: the model's inference, and the framework around it",
    "A grey bar is what a request costs less when only the inference is changed, and then only the framework.",
    _data,
    _draw,
    Need(
        NO_WAY,
        "a server that asks scikit-learn, the same with the compiled model, and another compiled one",
        "systems",
        _has_a_way,
    ),
)
