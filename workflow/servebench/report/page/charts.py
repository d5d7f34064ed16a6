"""The charts of the page: each plot's specification, and the data of all of them once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from servebench.files import read_json
from servebench.report.data import StudyData
from servebench.report.page.datasets import packed, step_of
from servebench.report.page.pictures import pictures_of
from servebench.report.plots import absent_plots, plots_of

# The page has a title, colours and a width of its own.
OF_THE_FILE = ("$schema", "config", "datasets", "title")


@dataclass(frozen=True)
class PageChart:
    """One chart; `spec` is None where the study has nothing for it, and `untold` says why.

    `picture` is empty where it is too large.
    """

    name: str
    title: str
    caption: str
    note: str
    picture: str
    spec: dict[str, Any] | None
    untold: str

    @property
    def datasets(self) -> list[str]:
        """The names of what it draws."""
        return [] if self.spec is None else list(dict.fromkeys(_dataset_names(self.spec)))


@dataclass(frozen=True)
class AbsentChart:
    """A chart that the study's config does not give, and what would."""

    title: str
    what: str
    key: str


@dataclass(frozen=True)
class PageCharts:
    """All charts, in the order of the plots, with their datasets by name, and those that the study does not give."""

    charts: tuple[PageChart, ...]
    datasets: dict[str, Any]
    absent: tuple[AbsentChart, ...]


def page_charts(data: StudyData) -> PageCharts:
    """The charts of the plots that lie in the study's folder."""
    plots = plots_of(data.config)
    pictures = pictures_of(data.paths.plots, [plot.name for plot in plots])
    charts: list[PageChart] = []
    datasets: dict[str, Any] = {}
    for plot in plots:
        frame = pd.read_csv(data.paths.plots / f"{plot.name}.csv")
        spec = None if frame.empty else _spec(data, plot.name)
        rows: Mapping[str, Any] = {} if spec is None else spec.get("datasets", {})
        datasets |= {name: packed(found) for name, found in rows.items() if name not in datasets}
        charts.append(
            PageChart(
                name=plot.name,
                title=plot.title_of(data, frame),
                caption=plot.caption_of(data, frame),
                note=_note(plot.name, max(map(len, rows.values()), default=0)),
                picture=pictures.get(plot.name, ""),
                spec=None if spec is None else {key: spec[key] for key in spec if key not in OF_THE_FILE},
                untold=plot.need.untold,
            )
        )
    absent = [AbsentChart(plot.plain_title, plot.need.what, plot.need.key) for plot in absent_plots(data.config)]
    return PageCharts(tuple(charts), datasets, tuple(absent))


def _spec(data: StudyData, name: str) -> dict[str, Any]:
    """What was drawn."""
    spec: dict[str, Any] = read_json(data.paths.plots / f"{name}.json")
    return spec


def _note(name: str, rows: int) -> str:
    """What a reader should know of a chart that draws fewer rows than there are."""
    step = step_of(rows)
    if step == 1:
        return ""
    return f"Drawn here from one in {step} of its {rows:,} rows; all of them stand in plots/{name}.csv."


def _dataset_names(part: Any) -> list[str]:
    if isinstance(part, list):
        return [name for item in part for name in _dataset_names(item)]
    if not isinstance(part, dict):
        return []
    data = part.get("data")
    own = [data["name"]] if isinstance(data, dict) and "name" in data else []
    return own + [name for key, item in part.items() if key != "data" for name in _dataset_names(item)]
