"""The rules held against a study's tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from servebench.analyse.cell_name import CellName
from servebench.analyse.resolutions import Resolutions, resolution_ms
from servebench.analyse.text import MISSING
from servebench.gate.cells import cell_evidence
from servebench.gate.decide import Evidence, all_together, decide
from servebench.gate.places import Places
from servebench.gate.ratios import ratio_evidence
from servebench.gate.rule import Rule
from servebench.report.data import StudyData
from servebench.words import GateWord

EXIT_CODES = {GateWord.PASSED: 0, GateWord.FAILED: 1, GateWord.UNDECIDED: 3}
NOT_YET = Evidence(MISSING, reason="not measured yet")


@dataclass(frozen=True)
class Decision:
    """What became of a rule at one cell; of a ratio the cell is the numerator's."""

    cell: CellName
    evidence: Evidence
    word: GateWord


@dataclass(frozen=True)
class RuleOutcome:
    """A rule and what became of it at each cell that it means."""

    rule: Rule
    decisions: tuple[Decision, ...]

    @property
    def word(self) -> GateWord:
        """What became of the rule."""
        return all_together([decision.word for decision in self.decisions])


@dataclass(frozen=True)
class GateOutcome:
    """What became of a study's rules."""

    study: str
    outcomes: tuple[RuleOutcome, ...]

    @property
    def word(self) -> GateWord:
        """What became of all of them together."""
        return all_together([outcome.word for outcome in self.outcomes])

    @property
    def counts(self) -> Counter[GateWord]:
        """How many rules have each word."""
        return Counter(outcome.word for outcome in self.outcomes)


def judge(data: StudyData, rules: Sequence[Rule]) -> GateOutcome:
    """Hold each rule against the study; raises ServebenchError for a name that the study does not have."""
    places = Places.of(data)
    return GateOutcome(data.config.study, tuple(RuleOutcome(rule, _decisions(data, places, rule)) for rule in rules))


def _decisions(data: StudyData, places: Places, rule: Rule) -> tuple[Decision, ...]:
    is_ratio = rule.subject.denominator is not None
    found = _ratios(data, places, rule) if is_ratio else _figures(data.resolutions, places, rule)
    return tuple(
        Decision(cell, evidence, decide(rule.operator, rule.limit, evidence.low, evidence.high))
        for cell, evidence in found
    )


def _figures(resolutions: Resolutions, places: Places, rule: Rule) -> list[tuple[CellName, Evidence]]:
    metric, found = rule.subject.metric, []
    for cell in places.cells_of(rule):
        row, off_ms = places.rows[cell], resolution_ms(resolutions, cell.generator, metric)
        found.append((cell, NOT_YET if row is None else cell_evidence(row, metric, off_ms)))
    return found


def _ratios(data: StudyData, places: Places, rule: Rule) -> list[tuple[CellName, Evidence]]:
    subject = rule.subject
    assert subject.system is not None
    assert subject.denominator is not None
    systems = (subject.system, subject.denominator)
    return [
        (
            CellName(point[0], subject.system, point[1], point[2]),
            ratio_evidence(data, subject.metric, systems, point),
        )
        for point in places.points_of(rule)
    ]
