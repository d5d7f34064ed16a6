"""The answer first: one sentence a model, and where there is none, what is known all the same and what to do."""

from servebench.report.answer import answers
from servebench.report.data import StudyData
from servebench.report.format import lines_at_most

MOST_MODELS = 5


def answer(data: StudyData) -> str:
    """A line a model, three where it has no answer; empty where a study has no cell."""
    found = answers(data)
    if len(found) == 1:
        (first, *others), trust = found[0].lines, found[0].trust
        lines = [f"- {line}" for line in (f"{first} {trust}".strip(), *others)]
    else:
        lines = [f"- {answered.model}: {' '.join([*answered.lines, answered.trust]).strip()}" for answered in found]
    return "\n".join(["## The answer", "", *lines_at_most(lines, MOST_MODELS)]) if lines else ""
