"""Parity: every golden answer, asked of a running server over one connection."""

import http.client
import json
from typing import Any

from servebench.address import Address
from servebench.answers import GOLDEN_STEP, answer_differs
from servebench.check.contract import Failure
from servebench.trial.ask import connect
from servebench.trial.server import local


def check_parity(port: int, bodies: list[str], golden: list[dict[str, Any]], most_failures: int = 5) -> list[Failure]:
    """Ask a server of this machine for every golden answer on a kept connection; returns the first failures."""
    return check_parity_at(local(port), bodies, golden, most_failures)


def check_parity_at(
    address: Address, bodies: list[str], golden: list[dict[str, Any]], most_failures: int = 5
) -> list[Failure]:
    """The same of a server that answers anywhere."""
    failures: list[Failure] = []
    connection = connect(address)
    path = address.path("/predict")
    try:
        for index, expected in enumerate(golden):
            failure = _ask(connection, path, index, bodies[index * GOLDEN_STEP], expected)
            if failure is not None:
                failures.append(failure)
            if len(failures) == most_failures:
                break
    finally:
        connection.close()
    return failures


def _ask(
    connection: http.client.HTTPConnection, path: str, index: int, body: str, expected: dict[str, Any]
) -> Failure | None:
    name = f"golden answer {index}"
    try:
        connection.request("POST", path, body.encode(), {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return Failure(name, "an answer", f"{type(error).__name__}: {error}")
    if response.status != 200:
        return Failure(name, "status 200", f"status {response.status}: {text[:200].decode(errors='replace')}")
    try:
        answer = json.loads(text)
    except ValueError:
        return Failure(name, "a JSON body", text[:200].decode(errors="replace") or "nothing")
    if answer_differs(answer, expected):
        return Failure(name, json.dumps(expected)[:200], json.dumps(answer)[:200])
    return None
