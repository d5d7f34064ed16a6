"""The words of verdicts with their meanings, and what their throughput is good for, as docs/verdicts.md prints them."""

from servebench.report.format import markdown_table
from servebench.report.word_list import word_list
from servebench.words import ClaimWord, ContrastWord, VerdictWord

HEADER = ["verdict", "what it means", "its throughput is"]
OF_ONE = "## Of one system at one load"
OF_TWO = "## Of the ratio of two systems"
OF_ARTICLE = "## Of a claim of the article, where a study repeats it"


def verdict_words() -> str:
    """Of one system, of two, and of the article's claims."""
    rows = [[f"**{word}**", word.meaning, _throughput(word)] for word in VerdictWord]
    of_two, of_article = word_list(ContrastWord), word_list(ClaimWord)
    return "\n\n".join([OF_ONE, markdown_table(HEADER, rows), OF_TWO, of_two, OF_ARTICLE, of_article])


def _throughput(word: VerdictWord) -> str:
    if word.is_capacity:
        return "what the system can do"
    if word is VerdictWord.GENERATOR_BOUND:
        return "a lower bound of what it can do"
    if word.is_undecided:
        return "nobody's figure"
    return "what was asked of it" if word.holds_rate else "not what it can do"
