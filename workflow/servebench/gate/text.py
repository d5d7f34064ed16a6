"""What became of the rules as a table, in Markdown: for a terminal, and for a pull request."""

from collections.abc import Sequence

from servebench.analyse.text import MISSING
from servebench.gate.judge import Decision, GateOutcome, RuleOutcome
from servebench.report.foreign import code, told
from servebench.report.format import markdown_table
from servebench.report.word_list import word_list
from servebench.words import GateWord

HEADER = ["rule", "at", "figure [interval]", "outcome", "why"]
HOLDS = "the interval holds the limit"
NOTE = "≥ and ≤ mark bounds: one decides a rule only from its own side."


def gate_text(outcome: GateOutcome) -> str:
    """The rules' table and one line on all of them."""
    rows = [row for rule in outcome.outcomes for row in _rows(rule, _has_several_models(outcome))]
    return "\n\n".join([markdown_table(HEADER, rows), gate_line(outcome)])


def gate_line(outcome: GateOutcome) -> str:
    """What became of the study, with how many rules have which word."""
    total = sum(outcome.counts.values())
    parts = ", ".join(f"{outcome.counts[word]} {word}" for word in GateWord if outcome.counts[word])
    return f"study '{outcome.study}': {outcome.word} ({total} rule{'' if total == 1 else 's'}: {parts})"


def gate_page(outcome: GateOutcome) -> str:
    """The same as a Markdown document, with what the words mean."""
    return "\n\n".join(["## servebench gate", gate_text(outcome), word_list(GateWord), NOTE]) + "\n"


def _has_several_models(outcome: GateOutcome) -> bool:
    return len({decision.cell.model for rule in outcome.outcomes for decision in rule.decisions}) > 1


def _rows(outcome: RuleOutcome, with_model: bool) -> list[list[str]]:
    """A row each for what did not pass, before one for all cells that did."""
    passed = [decision for decision in outcome.decisions if decision.word is GateWord.PASSED]
    others = [decision for decision in outcome.decisions if decision.word is not GateWord.PASSED]
    rows = [_row(outcome, decision, with_model) for decision in others]
    if len(passed) == 1:
        rows.append(_row(outcome, passed[0], with_model))
    elif passed:
        rows.append([_code(outcome), f"{len(passed)} cells", _range(passed), str(GateWord.PASSED), MISSING])
    return rows


def _row(outcome: RuleOutcome, decision: Decision, with_model: bool) -> list[str]:
    evidence = decision.evidence
    why = (evidence.reason or HOLDS) if decision.word is GateWord.UNDECIDED else MISSING
    return [_code(outcome), _place(outcome, decision, with_model), evidence.text, str(decision.word), why]


def _code(outcome: RuleOutcome) -> str:
    return code(outcome.rule.text)


def _place(outcome: RuleOutcome, decision: Decision, with_model: bool) -> str:
    """What the rule does not say itself: which cell it was."""
    cell, is_ratio = decision.cell, outcome.rule.subject.denominator is not None
    names = [*([told(cell.model)] if with_model else []), *([] if is_ratio else [told(cell.system)])]
    return ", ".join([*names, told(cell.generator), cell.load.label])


def _range(decisions: Sequence[Decision]) -> str:
    """The figures of several cells: the least and the largest."""
    figures = list(dict.fromkeys(d.evidence.text for d in sorted(decisions, key=lambda d: d.evidence.low)))
    return figures[0] if len(figures) == 1 else f"{figures[0]} to {figures[-1]}"
