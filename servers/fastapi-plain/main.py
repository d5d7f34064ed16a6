"""What FastAPI's tutorial shows: a model of the body, a path operation in `def`, the answer as a dict."""

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from inference import load_inference
from pydantic import BaseModel

app = FastAPI()
inference = load_inference(os.environ["INFERENCE"], Path(os.environ["MODEL"]))


class Row(BaseModel):
    """One row of features."""

    features: list[float | bool | str | None]


@app.post("/predict")
def predict(row: Row) -> dict[str, Any]:
    """The prediction of one row."""
    return inference.predict(row.features)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the model is loaded."""
    return {"status": "ok", "model_hash": inference.model_hash}
