"""Inside a trial second by second: the answers of each second beside the trial's mean."""

from typing import Any

import pandas as pd

from servebench.analyse.metrics import THROUGHPUT
from servebench.analyse.raw import RawTrial
from servebench.analyse.rows import CELL
from servebench.config import Config
from servebench.paths import RESULT
from servebench.report.data import StudyData
from servebench.report.plots.axes import deviation_axis
from servebench.report.plots.drawing_library import altair
from servebench.report.plots.frames import at_most_load, panel_a_load, with_panel
from servebench.report.plots.marks import colour
from servebench.report.plots.need import NO_TRIAL, Need
from servebench.report.plots.panels import Panels
from servebench.report.plots.plot import Plot
from servebench.trial.record import read_record

# Shorter windows have no inside; longer ones are drawn as means of neighbouring seconds.
LEAST_SECONDS, MOST_POINTS = 5, 60
DEVIATION = "deviation_percent"


def _data(data: StudyData) -> pd.DataFrame:
    """A row a second, or a few of them, of each cell's median trial."""
    cells = at_most_load(data.measured_cells)
    rows: list[dict[str, Any]] = []
    for _, cell in cells.iterrows():
        trial = _median_trial(data.measured_trials, cell)
        if trial is not None:
            common = {**{name: cell[name] for name in CELL}, "repeat": int(trial["repeat"])}
            rows += [{**common, **point} for point in _points(_answers(data, trial))]
    frame = pd.DataFrame(rows, columns=[*CELL, "repeat", "second", "answers_per_s", DEVIATION])
    return panel_a_load(with_panel(frame.astype(dict.fromkeys(CELL, "string"))))


def _median_trial(trials: pd.DataFrame, cell: Any) -> Any:
    """The trial whose throughput is in the middle; None where none has one."""
    own = trials[(trials[CELL] == cell[CELL]).all(axis=1)].dropna(subset=[THROUGHPUT]).sort_values(THROUGHPUT)
    return own.iloc[(len(own) - 1) // 2] if len(own) else None


def _answers(data: StudyData, trial: Any) -> list[int]:
    folder = data.trial_folder(trial)
    return RawTrial(folder, read_record(folder / RESULT)).good_answers()


def _points(answers: list[int]) -> list[dict[str, float]]:
    """The answers of each second beside their mean; nothing of a window without an inside, or without an answer."""
    if len(answers) < LEAST_SECONDS or not sum(answers):
        return []
    mean, together = sum(answers) / len(answers), -(-len(answers) // MOST_POINTS)
    found = []
    for first in range(0, len(answers), together):
        group = answers[first : first + together]
        speed = sum(group) / len(group)
        middle = first + len(group) / 2
        found.append({"second": middle, "answers_per_s": speed, DEVIATION: (speed / mean - 1) * 100})
    return found


def _draw(data: StudyData, frame: pd.DataFrame) -> Any:
    alt, panels = altair(), Panels.of(frame)
    chart = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2, opacity=0.85, point=len(frame) < 4 * MOST_POINTS)
        .encode(
            x=alt.X("second:Q", title="second of the window", axis=alt.Axis(tickCount=5, format="d")),
            y=deviation_axis(DEVIATION, "beside the trial's mean (%)", frame[DEVIATION]),
            color=colour(data),
        )
        .properties(width=panels.width, height=panels.height)
    )
    return panels.of_chart(chart)


def _has_an_inside(config: Config) -> bool:
    return config.duration_s >= LEAST_SECONDS


PLOT = Plot(
    "within_trial",
    "Whether a window is steady: answers of each second in the median trial of each system",
    "A line along zero is a steady server. One that climbs was not warm at the window's start, one that falls loses "
    "speed as it runs, and teeth are pauses such as those of a garbage collector.",
    _data,
    _draw,
    Need(NO_TRIAL, f"windows of {LEAST_SECONDS} s at least", "duration_s", _has_an_inside),
)
