"""`make compare`: two studies set against each other, as Markdown, as a page and as data."""

from pathlib import Path

import jinja2
import mistune

from servebench.compare.compare import compare
from servebench.compare.comparison import Comparison
from servebench.compare.request import folder_of
from servebench.compare.studies import Studies
from servebench.compare.text import compare_text, summary_text
from servebench.files import write_json, write_text
from servebench.paths import COMPARE_DATA, COMPARE_PAGE, COMPARE_TEXT, REPOSITORY

TEMPLATE = REPOSITORY / "workflow" / "report" / "compare.html.j2"


def compare_studies(a: Path, b: Path, out: Path | None) -> None:
    """Compare study B with study A, and say what became better and worse."""
    comparison = compare(Studies.read(a, b))
    folder = out or folder_of(a, b)
    write_comparison(comparison, folder)
    print(f"\n{summary_text(comparison)}\n\npage:     {folder / COMPARE_PAGE}\nmarkdown: {folder / COMPARE_TEXT}")


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write the Markdown, the page and the data of a comparison."""
    text = compare_text(comparison)
    write_text(folder / COMPARE_TEXT, text)
    write_text(folder / COMPARE_PAGE, _page(comparison, text))
    write_json(folder / COMPARE_DATA, comparison.model_dump(mode="json"))


def _page(comparison: Comparison, text: str) -> str:
    """The Markdown as one self-contained page; what stands in it is text, never a tag."""
    body = str(mistune.create_markdown(escape=True, plugins=["table"])(text))
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    return template.render(title=f"servebench: {comparison.b.study} against {comparison.a.study}", body=body)
