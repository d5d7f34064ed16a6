"""A Flask application as its quickstart shows it."""

import os
from pathlib import Path
from typing import Any

from flask import Flask, request
from inference import load_inference

app = Flask(__name__)
inference = load_inference(os.environ["INFERENCE"], Path(os.environ["MODEL"]))


@app.post("/predict")
def predict() -> dict[str, Any]:
    """The prediction of one row, or of several; Flask answers 400 where the body is no JSON or has neither."""
    body = request.get_json()
    if "rows" in body:
        return inference.predict_rows(body["rows"])
    return inference.predict(body["features"])


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the model is loaded."""
    return {"status": "ok", "model_hash": inference.model_hash}
