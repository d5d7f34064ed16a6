"""From `fastapi-plain` towards `fastapi`, one change after the other: STEP says how many are made."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from inference import load_inference
from pydantic import BaseModel, ValidationError

app = FastAPI()
inference = load_inference(os.environ["INFERENCE"], Path(os.environ["MODEL"]))

Features = list[float | bool | str | None]


class Body(BaseModel):
    """One row of features, or several rows."""

    features: Features | None = None
    rows: list[Features] | None = None


def answer(body: Body) -> dict[str, Any]:
    """The prediction of one row, or the predictions of several."""
    if body.rows is not None:
        return inference.predict_rows(body.rows)
    if body.features is None:
        raise HTTPException(422, "give features or rows")
    return inference.predict(body.features)


async def on_the_loop(body: Body) -> dict[str, Any]:
    """1: `async def`, so that no thread is asked."""
    return answer(body)


async def rendered_once(body: Body) -> JSONResponse:
    """2: a response of its own, which FastAPI neither validates nor converts."""
    return JSONResponse(answer(body))


async def read_once(request: Request) -> JSONResponse:
    """3: pydantic reads the bytes themselves, instead of what the json module made of them."""
    try:
        body = Body.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, error.errors(include_url=False, include_context=False)) from error
    return JSONResponse(answer(body))


STEPS: dict[str, Callable[..., Any]] = {"1": on_the_loop, "2": rendered_once, "3": read_once}
app.post("/predict")(STEPS[os.environ["STEP"]])


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the model is loaded."""
    return {"status": "ok", "model_hash": inference.model_hash}
