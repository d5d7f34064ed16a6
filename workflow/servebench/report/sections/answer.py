"""The answer first: one sentence a model."""

from servebench.report.answer import answers
from servebench.report.data import StudyData
from servebench.report.format import lines_at_most

MOST_MODELS = 5


def answer(data: StudyData) -> str:
    """A line a model; empty where a study has no cell."""
    found = answers(data)
    with_model = len(found) > 1
    lines = [f"- {f'{answered.model}: ' if with_model else ''}{answered.sentence}" for answered in found]
    return "\n".join(["## The answer", "", *lines_at_most(lines, MOST_MODELS)]) if lines else ""
