"""Several requests answered by one call of the estimator."""

from collections.abc import Mapping, Sequence
from typing import Any

from inference import SklearnInference, answer_to_row, answer_to_rows

Request = Mapping[str, Any]


def answer_together(inference: SklearnInference, requests: Sequence[Request]) -> list[dict[str, Any]]:
    """The answer to each request of one row or of several, as the contract writes it."""
    rows_of = [_rows_of(request) for request in requests]
    predictions, probabilities = inference.ask([row for rows in rows_of for row in rows])
    answers, first = [], 0
    for request, rows in zip(requests, rows_of, strict=True):
        mine = slice(first, first + len(rows))
        first = mine.stop
        answers.append(_answer(request, predictions[mine], None if probabilities is None else probabilities[mine]))
    return answers


def _rows_of(request: Request) -> Sequence[Any]:
    return request["rows"] if "rows" in request else [request["features"]]


def _answer(request: Request, predictions: list[Any], probabilities: list[Any] | None) -> dict[str, Any]:
    if "rows" in request:
        return answer_to_rows(predictions, probabilities)
    return answer_to_row(predictions[0], None if probabilities is None else probabilities[0])
