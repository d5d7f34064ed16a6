"""report.html: the summary, the plots and the details in one self-contained page."""

import base64
from pathlib import Path

import jinja2
import mistune

from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.report.data import load_study
from servebench.report.plots import plots_of
from servebench.report.sections import DETAILS, SUMMARY
from servebench.report.sections.plots import plots
from servebench.report.sections.section import Section, join_sections

TEMPLATE = Path(__file__).resolve().parents[2] / "report" / "report.html.j2"
SECTIONS = (*SUMMARY, Section("plots", plots), *DETAILS)


def write_page(paths: StudyPaths) -> None:
    """Render all sections with the plots inlined: the page needs no network and no other file."""
    data = load_study(paths)
    body = str(mistune.html(join_sections(data, SECTIONS)))
    for plot in plots_of(data.config):
        svg = (paths.plots / f"{plot.name}.svg").read_bytes()
        body = body.replace(f"plots/{plot.name}.svg", f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}")
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    write_text(paths.report, template.render(title=f"servebench: {paths.root.name}", body=body))
