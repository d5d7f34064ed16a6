"""report.html: the summary and its plots in one self-contained page."""

import base64
from pathlib import Path

import jinja2
import mistune

from servebench.config import load_config
from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.report.plots import plots_of

TEMPLATE = Path(__file__).resolve().parents[2] / "report" / "report.html.j2"


def write_page(paths: StudyPaths) -> None:
    """Render the summary with its plots inlined: the page needs no network and no other file."""
    body = str(mistune.html(paths.summary.read_text(encoding="utf-8")))
    for plot in plots_of(load_config(paths.config)):
        svg = (paths.plots / f"{plot.name}.svg").read_bytes()
        body = body.replace(f"plots/{plot.name}.svg", f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}")
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    write_text(paths.report, template.render(title=f"servebench: {paths.root.name}", body=body))
