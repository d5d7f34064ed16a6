"""Which cells of a study a rule means; a name that the study does not have is an error with the nearest one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from servebench.analyse.cell_name import CellName
from servebench.analyse.metrics import contrasted_at
from servebench.analyse.pairs import Point
from servebench.analyse.rows import CELL
from servebench.config_words import suggest
from servebench.errors import ServebenchError
from servebench.gate.rule import Rule
from servebench.load_point import parse_load_point
from servebench.plan.cells import study_cells
from servebench.report.data import StudyData


@dataclass(frozen=True)
class Places:
    """The study's cells, each with its row of the table, None where no trial was made yet; and all names there are."""

    rows: Mapping[CellName, Any]
    every: frozenset[CellName]

    @classmethod
    def of(cls, data: StudyData) -> "Places":
        """The cells of a study's tables, and those that its configuration has beside them."""
        rows: dict[CellName, Any] = {CellName.of(row): row for _, row in data.cells.iterrows()}
        tried = {CellName.of(row) for _, row in data.trials[CELL].drop_duplicates().iterrows()}
        planned = {CellName(c.model, c.system, c.generator, c.point.name): None for c in study_cells(data.config)}
        # What was tried and has no row is not needed: it would stand in for a cell that was measured.
        yet = {name: None for name in planned if name not in tried}
        return cls({**rows, **yet}, frozenset({*rows, *planned}))

    def cells_of(self, rule: Rule) -> list[CellName]:
        """The cells that a rule of one system means; raises ServebenchError where there is none."""
        self._refuse_unknown(rule)
        return self._wanted(rule, rule.subject.system)

    def points_of(self, rule: Rule) -> list[Point]:
        """The points at which a rule of two systems contrasts them; raises ServebenchError where there is none."""
        self._refuse_unknown(rule)
        subject = rule.subject
        second = {cell.point for cell in self._wanted(rule, subject.denominator)}
        points = [cell.point for cell in self._wanted(rule, subject.system) if cell.point in second]
        if not points:
            raise ServebenchError(f"'{rule.text}': {subject.system} and {subject.denominator} share no load there")
        found = [point for point in points if subject.metric in contrasted_at(parse_load_point(point[2]).loop)]
        if not found:
            known = {metric.name for point in points for metric in contrasted_at(parse_load_point(point[2]).loop)}
            raise ServebenchError(
                f"'{rule.text}': systems are not contrasted in {subject.metric.name} there; they are in "
                f"{', '.join(sorted(known))}"
            )
        return found

    def _wanted(self, rule: Rule, system: str | None) -> list[CellName]:
        subject = rule.subject
        wanted = (subject.model, system, subject.generator, subject.load_point)
        found = [
            cell for cell in self.rows if all(name in (None, of) for name, of in zip(wanted, cell.parts, strict=True))
        ]
        if not found:
            measured = [f"{cell.load_point} by {cell.generator}" for cell in self.rows if system in (None, cell.system)]
            at = f"; {system} is at {', '.join(dict.fromkeys(measured))}" if system and measured else ""
            raise ServebenchError(f"'{rule.text}': the study needs no such cell{at}")
        return found

    def _refuse_unknown(self, rule: Rule) -> None:
        subject = rule.subject
        given: list[tuple[str, str | None, Iterable[str]]] = [
            ("model", subject.model, {cell.model for cell in self.every}),
            ("generator", subject.generator, {cell.generator for cell in self.every}),
            ("system", subject.system, {cell.system for cell in self.every}),
            ("system", subject.denominator, {cell.system for cell in self.every}),
            ("load point", subject.load_point, {cell.load_point for cell in self.every}),
        ]
        for kind, name, known in given:
            if name is not None and name not in known:
                raise ServebenchError(f"'{rule.text}': the study has no {kind} '{name}'{suggest(name, known)}")
