"""The contract on FastAPI."""

import os
from pathlib import Path

import fastapi
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from inference import load_inference
from limits import NOT_JSON, ContractLimits
from problems import problem
from pydantic import ValidationError
from request_model import request_model
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

# pydantic's words for a number that is not finite in float32.
NOT_FINITE = {"finite_number", "greater_than", "less_than"}


def refusal(error: ValidationError) -> JSONResponse:
    """A body that is not JSON is 400, one that breaks the contract 422."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return problem(400, NOT_JSON)
    if first["type"] in NOT_FINITE:
        return problem(422, "features must be finite in float32")
    return problem(422, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


async def on_http_error(_: Request, error: Exception) -> JSONResponse:
    """Unknown paths and wrong methods."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), error.headers)


async def on_disconnect(_: Request, __: Exception) -> JSONResponse:
    """Who left within a body reads nothing, and is no error of ours."""
    return problem(400, "the body ended early")


def create_app() -> FastAPI:
    """The application of one worker; the model and the inference come from the environment."""
    kind = os.environ["SERVEBENCH_INFERENCE"]
    inference = load_inference(kind, Path(os.environ["SERVEBENCH_MODEL"]))
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.add_middleware(ContractLimits)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
    request_type = request_model(inference.columns)

    # async def: a short prediction costs half as much here as in the pool of threads.
    # pydantic reads the bytes themselves, not what the json module makes of them: a seventh less CPU.
    # A response is returned as it is: the other servers do not validate their own answers either.
    @app.post("/predict")
    async def predict(request: Request) -> JSONResponse:
        try:
            body = request_type.model_validate_json(await request.body())
        except ValidationError as error:
            return refusal(error)
        features, rows = body.features, body.rows  # type: ignore[attr-defined]
        if (features is None) == (rows is None):
            return problem(422, "give either features or rows")
        try:
            return JSONResponse(inference.predict(features) if rows is None else inference.predict_rows(rows))
        except ValueError as error:
            # Such as a text that an encoder has not seen, or a prediction that is not finite.
            return problem(422, f"the model does not take this row: {error}")

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")

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
