"""Parity: every golden answer, asked of a running server over one connection."""

import http.client
import json
from typing import Any

from servebench.answers import GOLDEN_STEP, answer_differs
from servebench.check.contract import Failure
from servebench.trial.server import HOST


def check_parity(port: int, bodies: list[str], golden: list[dict[str, Any]], most_failures: int = 5) -> list[Failure]:
    """Ask for every golden answer on a kept connection; returns the first failures."""
    failures: list[Failure] = []
    connection = http.client.HTTPConnection(HOST, port, timeout=10.0)
    try:
        for index, expected in enumerate(golden):
            failure = _ask(connection, index, bodies[index * GOLDEN_STEP], expected)
            if failure is not None:
                failures.append(failure)
            if len(failures) == most_failures:
                break
    finally:
        connection.close()
    return failures


def _ask(connection: http.client.HTTPConnection, index: int, body: str, expected: dict[str, Any]) -> Failure | None:
    name = f"golden answer {index}"
    try:
        connection.request("POST", "/predict", body.encode(), {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return Failure(name, "an answer", f"{type(error).__name__}: {error}")
    if response.status != 200:
        return Failure(name, "status 200", f"status {response.status}: {text[:200].decode(errors='replace')}")
    answer = json.loads(text)
    if answer_differs(answer, expected):
        return Failure(name, json.dumps(expected)[:200], json.dumps(answer)[:200])
    return None
