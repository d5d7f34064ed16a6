"""A section of the summary, or a detail of the page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from servebench.report.data import StudyData


@dataclass(frozen=True)
class Section:
    """One idea of the report; `render` gives Markdown, empty where the study has nothing to say.

    `is_shown_at_end` says whether the terminal shows it when a study ends.
    """

    name: str
    render: Callable[[StudyData], str]
    is_shown_at_end: bool = False


def join_sections(data: StudyData, sections: Iterable[Section]) -> str:
    """The sections that have something to say, as one text."""
    return "\n\n".join(text for text in (section.render(data) for section in sections) if text)
