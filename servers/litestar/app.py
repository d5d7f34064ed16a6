"""A Litestar application as its documentation shows it: a dataclass is the body, msgspec reads and writes it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference import load_inference
from litestar import Litestar, get, post
from litestar.exceptions import ValidationException

inference = load_inference(os.environ["INFERENCE"], Path(os.environ["MODEL"]))

Features = list[float | bool | str | None]


@dataclass
class Body:
    """One row of features, or several rows."""

    features: Features | None = None
    rows: list[Features] | None = None


# Litestar answers 201 to a POST where nothing else is said.
@post("/predict", status_code=200)
async def predict(data: Body) -> dict[str, Any]:
    """The prediction of one row, or the predictions of several."""
    if data.rows is not None:
        return inference.predict_rows(data.rows)
    if data.features is None:
        raise ValidationException("give features or rows")
    return inference.predict(data.features)


@get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the model is loaded."""
    return {"status": "ok", "model_hash": inference.model_hash}


app = Litestar([predict, healthz])
