"""Filling the page's template."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2

from servebench.analyse.metrics import metric_of
from servebench.analyse.rows import CELL
from servebench.files import write_text
from servebench.load_point import parse_load_point
from servebench.paths import StudyPaths
from servebench.report.answer import NO_PRICE, Identity, answers, identity
from servebench.report.data import StudyData, load_study
from servebench.report.foreign import told
from servebench.report.intervals import BOUNDS, NO_INTERVALS, has_intervals
from servebench.report.page.charts import PageCharts, page_charts
from servebench.report.page.script import script_json, vega_runtime
from servebench.report.page.sections import html_of, page_sections
from servebench.report.page.systems import systems_table
from servebench.report.sections.disturbed import disturbed
from servebench.report.sections.not_measured import not_measured
from servebench.report.sections.throughput import throughput_note
from servebench.report.style import colour_of
from servebench.words import VerdictWord

FOLDER = Path(__file__).resolve().parents[3] / "report"
TEMPLATE, STYLE, SCRIPT = (FOLDER / name for name in ("page.html.j2", "page.css", "page.js"))
# How many charts stand before the table of systems.
FIRST_CHARTS = 2
# What stands first in a figure, such as `≥ 9,300` of `≥ 9,300 requests/s`.
NUMBER = re.compile(r"(?:[≥≤<>~] ?)?[\d.,]+(?: ?%)?")
BADGES = {
    "models": "of",
    "machine": "machine",
    "measured_on": "measured",
    "resolution": "the instrument is right to",
    "version": "servebench",
    "commit": "commit",
    "study_hash": "study hash",
}


def write_page(paths: StudyPaths) -> None:
    """Render the study as one file that asks for no other; its plots are drawn already."""
    write_text(paths.report, render_page(load_study(paths)))


def render_page(data: StudyData) -> str:
    """The page as text."""
    drawn, study, shown = page_charts(data), identity(data), data.told
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    names = _plain_names(data)
    environment.filters.update(
        markdown=html_of, number_and_rest=number_and_rest, plain_name=lambda shown: names.get(shown, shown)
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        study=data.config.study,
        badges=_badges(study),
        answers=answers(shown),
        no_price=NO_PRICE if data.config.price_per_cpu_hour is None else "",
        colours=_colours(data),
        disturbed=html_of(disturbed(data)),
        not_measured=html_of(not_measured(shown)),
        first_charts=drawn.charts[:FIRST_CHARTS],
        other_charts=drawn.charts[FIRST_CHARTS:],
        absent_charts=drawn.absent,
        table=systems_table(data),
        words=list(VerdictWord),
        has_intervals=has_intervals(data),
        no_intervals=NO_INTERVALS,
        bounds=BOUNDS,
        note=throughput_note(shown),
        sections=page_sections(shown),
        style=STYLE.read_text(encoding="utf-8"),
        script=SCRIPT.read_text(encoding="utf-8"),
        runtime=vega_runtime(),
        page_data=script_json(_page_data(data, drawn)),
    )


def _plain_names(data: StudyData) -> dict[str, str]:
    """The names of models and systems by what Markdown shows of them: the page itself escapes them."""
    return {told(str(name)): str(name) for column in ("model", "system") for name in data.cells[column].unique()}


def number_and_rest(figure: str) -> tuple[str, str]:
    """A figure of a tile as its number, set large, and what follows it."""
    found = NUMBER.match(figure)
    return (found.group(), figure[found.end() :]) if found else (figure, "")


def _colours(data: StudyData) -> dict[str, str]:
    """Each system's colour, as in the charts."""
    scale = colour_of(data.systems, data.config.every_system)
    return dict(zip(scale["domain"], scale["range"], strict=True))


def _badges(study: Identity) -> list[tuple[str, str]]:
    """What is known of the study, each with its name."""
    known = asdict(study)
    return [(label, known[name]) for name, label in BADGES.items() if known[name]]


def _page_data(data: StudyData, drawn: PageCharts) -> dict[str, Any]:
    """What the page's script reads."""
    names = {name: list(data.measured_cells[name].unique()) for name in CELL}
    columns = {name for dataset in drawn.datasets.values() for name in dataset["columns"]}
    return {
        "study": data.config.study,
        "words": {str(word): word.meaning for word in VerdictWord},
        "choices": {name: [str(value) for value in values] for name, values in names.items()},
        "loads": {str(name): parse_load_point(str(name)).label for name in names["load_point"]},
        "titles": _titles(columns),
        "charts": {
            chart.name: {"spec": chart.spec, "datasets": chart.datasets}
            for chart in drawn.charts
            if chart.spec is not None
        },
        "datasets": drawn.datasets,
    }


def _titles(columns: set[str]) -> dict[str, str]:
    """What the figures among the charts' columns are called."""
    titles = {}
    for name in sorted(columns):
        try:
            titles[name] = metric_of(name).title
        except KeyError:
            continue
    return titles
