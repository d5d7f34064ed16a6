"""The answer first: one sentence a model, and where there is none, what is known all the same and what to do."""

from servebench.report.answer import answers
from servebench.report.data import StudyData
from servebench.report.format import lines_at_most

MOST_MODELS = 5


def answer(data: StudyData) -> str:
    """A line a model, three where it has no answer; empty where a study has no cell."""
    found = answers(data)
    if len(found) == 1:
        lines = [f"- {line}" for line in found[0].lines]
    else:
        lines = [f"- {answered.model}: {' '.join(answered.lines)}" for answered in found]
    return "\n".join(["## The answer", "", *lines_at_most(lines, MOST_MODELS)]) if lines else ""
