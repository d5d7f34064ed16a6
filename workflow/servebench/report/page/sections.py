"""The summary's sections as parts of the page: escaped, their tables cut where endless, long ones folded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import mistune

from servebench.report.data import StudyData
from servebench.report.sections import DETAILS

# What the page says in its own way, further up.
SHOWN_ELSEWHERE = frozenset({"throughput"})
# Of these only what stands before their first smaller heading is seen at once.
PARTLY_FOLDED = frozenset({"contrasts"})
FOLDED_FROM_ROWS = 13
FOLDED_FROM_LETTERS = 3_000
MOST_TABLE_ROWS = 300
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
SMALLER_HEADING = "\n### "
# What begins a list, a table or a heading.
BLOCKS = ("-", "|", "#")
TABLE = re.compile(r"(?:^\|.*\n?)+", re.MULTILINE)

_to_html = mistune.create_markdown(escape=True, plugins=["strikethrough", "table"])


@dataclass(frozen=True)
class PageSection:
    """A heading with what stands below it as HTML, and with what is folded; `hint` says what that is."""

    title: str
    html: str
    folded: str = ""
    hint: str = ""

    @property
    def anchor(self) -> str:
        """What a link to it names."""
        return "section-" + re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def page_sections(data: StudyData) -> list[PageSection]:
    """Every section that the page does not show further up, in their order."""
    return [
        _partly_folded(title, text) if section.name in PARTLY_FOLDED else _whole(title, text)
        for section in DETAILS
        if section.name not in SHOWN_ELSEWHERE
        for title, text in _parts(section.name, section.render(data))
    ]


def _partly_folded(title: str, markdown: str) -> PageSection:
    shown, heading, folded = markdown.partition(SMALLER_HEADING)
    return PageSection(title, html_of(shown), html_of(heading + folded), f"all {_rows(folded):,} rows")


def _whole(title: str, markdown: str) -> PageSection:
    """A section that is folded if it is long, below its first sentences if it begins with some."""
    hint = _hint(markdown)
    if not hint:
        return PageSection(title, html_of(markdown))
    first, _, rest = markdown.strip().partition("\n\n")
    if not rest or first.startswith(BLOCKS):
        return PageSection(title, "", html_of(markdown), hint)
    return PageSection(title, html_of(first), html_of(rest), hint)


def html_of(markdown: str) -> str:
    """Markdown as HTML: what looks like HTML in it is text, and tables scroll by themselves."""
    html = str(_to_html(TABLE.sub(_cut, markdown)))
    scrolled = '<div class="scroll" tabindex="0"><table>'
    return html.replace("<table>", scrolled).replace("</table>", "</table></div>")


def _parts(name: str, markdown: str) -> Iterator[tuple[str, str]]:
    """Each heading with its text; what stands before the first has the section's name."""
    before, *rest = HEADING.split(markdown)
    if before.strip():
        yield name.capitalize(), before
    yield from zip(rest[::2], rest[1::2], strict=True)


def _rows(markdown: str) -> int:
    """How many rows its tables have, without their heads."""
    return sum(len(table.group().splitlines()) - 2 for table in TABLE.finditer(markdown))


def _hint(markdown: str) -> str:
    rows = _rows(markdown)
    if rows >= FOLDED_FROM_ROWS:
        return f"{rows:,} rows"
    return "the whole text" if len(markdown) >= FOLDED_FROM_LETTERS else ""


def _cut(table: re.Match[str]) -> str:
    """A table with as many rows as a reader may scroll through."""
    lines = table.group().splitlines()
    head, rows = lines[:2], lines[2:]
    if len(rows) <= MOST_TABLE_ROWS:
        return table.group()
    more = f"And {len(rows) - MOST_TABLE_ROWS:,} rows more: all of them stand in the study's `tables/`."
    return "\n".join([*head, *rows[:MOST_TABLE_ROWS], "", more, ""])
