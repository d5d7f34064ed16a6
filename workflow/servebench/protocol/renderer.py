"""Filling a protocol's templates: rows in, a body out; answers in, what stands at which pointer out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from servebench.model.contract import ModelContract
from servebench.protocol.description import INDEX, Exchange
from servebench.protocol.template import Ask, Told, fill, placeholders

Row = Sequence[Any]
Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Renderer:
    """Fills an exchange's templates for one model.

    `order` holds of each value that is sent its place in a row of the pool; `is_of_one_row` says of which kind the
    templates are.
    """

    contract: ModelContract
    exchange: Exchange
    order: Sequence[int]
    is_of_one_row: bool

    @cached_property
    def _columns(self) -> list[str]:
        return [self.contract.columns[place].name for place in self.order]

    @cached_property
    def _asked(self) -> set[str]:
        return placeholders(self.exchange.body)

    def body(self, rows: Sequence[Row]) -> Any:
        """The request of these rows."""
        sent = [[row[place] for place in self.order] for row in rows]
        makers: dict[Ask, Callable[[], Any]] = {
            Ask.ROW: lambda: sent[0],
            Ask.RECORD: lambda: self._records(sent)[0],
            Ask.ROWS: lambda: sent,
            Ask.VALUES: lambda: flat(sent),
            Ask.RECORDS: lambda: self._records(sent),
            Ask.COLUMNS: lambda: self._columns,
            Ask.N_ROWS: lambda: len(sent),
            Ask.N_COLUMNS: lambda: len(self._columns),
        }
        return fill(self.exchange.body, {name: make() for name, make in makers.items() if name in self._asked})

    def _records(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        return [dict(zip(self._columns, row, strict=True)) for row in rows]

    def golden(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """What stands at which pointer in the right answer to rows that have these answers."""
        found: dict[str, Any] = {}
        ones = [self._of_one(answer) for answer in answers]
        together = ones[0] if self.is_of_one_row else _of_many(ones)
        for pointer, template in self.exchange.answer.items():
            if INDEX in pointer:
                found |= {pointer.replace(INDEX, str(row)): fill(template, one) for row, one in enumerate(ones)}
            else:
                found[pointer] = fill(template, together)
        return found

    def _of_one(self, answer: Answer) -> dict[Told, Any]:
        values = {Told.PREDICTION: answer["prediction"]}
        if self.contract.classes is None:
            return values
        number = self.contract.classes.index(answer["prediction"])
        return values | {Told.PROBABILITIES: answer["probabilities"], Told.CLASS_INDEX: number}


def _of_many(ones: Sequence[Mapping[Told, Any]]) -> dict[Told, Any]:
    predictions = [one[Told.PREDICTION] for one in ones]
    values = {Told.PREDICTIONS: predictions, Told.FLAT_PREDICTIONS: flat(predictions)}
    if Told.PROBABILITIES not in ones[0]:
        return values
    probabilities = [one[Told.PROBABILITIES] for one in ones]
    return values | {
        Told.PROBABILITIES: probabilities,
        Told.FLAT_PROBABILITIES: flat(probabilities),
        Told.CLASS_INDICES: [one[Told.CLASS_INDEX] for one in ones],
    }


def flat(values: Sequence[Any]) -> list[Any]:
    """Arrays one after the other; what is no array stands for itself."""
    return [item for value in values for item in (value if isinstance(value, list) else [value])]
