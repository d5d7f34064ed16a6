"""A Litestar application as its documentation shows it: a dataclass is the body, msgspec reads and writes it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference import load_inference
from litestar import Litestar, get, post

inference = load_inference(os.environ["INFERENCE"], Path(os.environ["MODEL"]))


@dataclass
class Row:
    """One row of features."""

    features: list[float | bool | str | None]


# Litestar answers 201 to a POST where nothing else is said.
@post("/predict", status_code=200)
async def predict(data: Row) -> dict[str, Any]:
    """The prediction of one row."""
    return inference.predict(data.features)


@get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the model is loaded."""
    return {"status": "ok", "model_hash": inference.model_hash}


app = Litestar([predict, healthz])
