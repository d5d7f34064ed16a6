"""The part of README.md that is made from the code: the verdicts and their meanings."""

from pathlib import Path

from servebench.paths import REPOSITORY
from servebench.report.word_list import word_list
from servebench.words import ContrastWord, VerdictWord

README = REPOSITORY / "README.md"
OF_TWO = "Of two systems:"
BEGIN, END = "<!-- verdicts: made by `make format` -->", "<!-- verdicts end -->"


def render_readme(text: str) -> str:
    """The text with the list between its markers made anew; ValueError where they are not there once each."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in tail:
        raise ValueError(f"README needs '{BEGIN}' and '{END}' once each, in this order")
    words = f"{word_list(VerdictWord)}\n\n{OF_TWO}\n\n{word_list(ContrastWord)}"
    return f"{head}{BEGIN}\n{words}\n{END}{tail}"


def write_readme(path: Path = README) -> None:
    """Make the list in README.md anew."""
    path.write_text(render_readme(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_readme()
