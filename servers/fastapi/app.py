"""The contract on FastAPI."""

import os
from pathlib import Path
from typing import Annotated

import fastapi
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from inference import load_inference
from limits import BEYOND_FLOAT32, NOT_JSON, ContractLimits
from problems import problem
from pydantic import BaseModel, Field, create_model
from starlette.exceptions import HTTPException
from starlette.requests import Request

Number = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-BEYOND_FLOAT32, lt=BEYOND_FLOAT32)]
# pydantic's words for a number that is not finite in float32.
NOT_FINITE = {"finite_number", "greater_than", "less_than"}


def request_model(n_features: int) -> type[BaseModel]:
    """The request's model: exactly as many finite numbers as the model has features."""
    row = Annotated[list[Number], Field(min_length=n_features, max_length=n_features)]
    return create_model("PredictRequest", features=(row, ...))


async def on_invalid(_: Request, error: Exception) -> JSONResponse:
    """A body that is not JSON is 400, one that breaks the contract 422."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem(400, NOT_JSON)
    if first["type"] in NOT_FINITE:
        return problem(422, "features must be finite in float32")
    return problem(422, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


async def on_http_error(_: Request, error: Exception) -> JSONResponse:
    """Unknown paths and wrong methods."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), error.headers)


def create_app() -> FastAPI:
    """The application of one worker; the model and the inference come from the environment."""
    kind = os.environ["SERVEBENCH_INFERENCE"]
    inference = load_inference(kind, Path(os.environ["SERVEBENCH_MODEL"]))
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.add_middleware(ContractLimits)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)
    request_type = request_model(inference.n_features)

    # async def: a short prediction costs half as much here as in the pool of threads.
    # A response is returned as it is: the other servers do not validate their own answers either.
    @app.post("/predict")
    async def predict(body: request_type) -> JSONResponse:  # type: ignore[valid-type]
        return JSONResponse(inference.predict(body.features))  # type: ignore[attr-defined]

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> dict[str, str]:
        return {
            "status": "ok",
            "model_hash": inference.model_hash,
            "server": "fastapi",
            "version": fastapi.__version__,
            "inference": kind,
        }

    return app
