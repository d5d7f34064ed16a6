"""What an estimator answers, as the contract writes it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from servebench.errors import ServebenchError
from servebench.model.contract import ModelContract
from servebench.model.inputs import to_inputs


def has_probabilities(estimator: Any) -> bool:
    """Whether each answer carries one probability a class; of several outputs only the predictions are told."""
    classes = getattr(estimator, "classes_", None)
    return hasattr(estimator, "predict_proba") and classes is not None and not isinstance(classes, list)


def to_answers(estimator: Any, contract: ModelContract, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """The answer to each row: a label, a number or an array of them, and the probabilities in the order of the classes.

    Raises ServebenchError where a number is not finite, which JSON cannot write.
    """
    inputs = to_inputs(contract, rows)
    predictions = np.asarray(estimator.predict(inputs))
    _require_finite(predictions)
    if contract.classes is None:
        return [{"prediction": prediction} for prediction in predictions.tolist()]
    probabilities = np.asarray(estimator.predict_proba(inputs))
    _require_finite(probabilities)
    return [
        {"prediction": prediction, "probabilities": line}
        for prediction, line in zip(predictions.tolist(), probabilities.tolist(), strict=True)
    ]


def _require_finite(values: np.ndarray[Any, Any]) -> None:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ServebenchError("it predicts a number that is not finite, which JSON cannot carry")


def predicts_most_probable(answers: Sequence[dict[str, Any]], classes: Sequence[Any]) -> bool:
    """Whether every prediction is the first of the most probable classes: then a server need not ask twice."""
    return all(
        answer["prediction"] == classes[int(np.argmax(answer["probabilities"]))]
        for answer in answers
        if "probabilities" in answer
    )
