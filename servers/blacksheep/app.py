"""A BlackSheep application as its documentation shows it: a dataclass is the body, which FromJSON binds."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blacksheep import Application, Content, FromJSON, Request, Response, bad_request, get, json, post
from inference import load_inference

inference = load_inference(os.environ["INFERENCE"], Path(os.environ["MODEL"]))
app = Application()


@dataclass
class Body:
    """One row of features, or several rows."""

    features: list[Any] | None = None
    rows: list[list[Any]] | None = None


@post("/predict")
async def predict(data: FromJSON[Body]) -> Response:
    """The prediction of one row, or the predictions of several."""
    body = data.value
    if body.rows is not None:
        return json(inference.predict_rows(body.rows))
    if body.features is None:
        return bad_request("give features or rows")
    return json(inference.predict(body.features))


@post("/echo")
async def echo(request: Request) -> Response:
    """The body as it came."""
    return Response(200, content=Content(b"application/json", await request.read()))


@get("/healthz")
async def healthz() -> Response:
    """Whether the model is loaded."""
    return json({"status": "ok", "model_hash": inference.model_hash})
