"""What FastAPI's tutorial shows: a model of the body, a path operation in `def`, the answer as a dict."""

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from inference import load_inference
from pydantic import BaseModel

app = FastAPI()
inference = load_inference(os.environ["INFERENCE"], Path(os.environ["MODEL"]))

Features = list[float | bool | str | None]


class Body(BaseModel):
    """One row of features, or several rows."""

    features: Features | None = None
    rows: list[Features] | None = None


@app.post("/predict")
def predict(body: Body) -> dict[str, Any]:
    """The prediction of one row, or the predictions of several."""
    if body.rows is not None:
        return inference.predict_rows(body.rows)
    if body.features is None:
        raise HTTPException(422, "give features or rows")
    return inference.predict(body.features)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the model is loaded."""
    return {"status": "ok", "model_hash": inference.model_hash}
