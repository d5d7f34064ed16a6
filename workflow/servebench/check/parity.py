"""Parity: every golden answer, asked of a running server over one connection."""

import http.client
import json
from itertools import islice

from servebench.address import Address
from servebench.answers import strays
from servebench.check.contract import Failure
from servebench.protocol.wire import GoldenBody, Wire
from servebench.trial.ask import NO_ANSWER, connect, describe_no_answer, exchange
from servebench.trial.server import local


def check_parity(port: int, wire: Wire, most_answers: int | None = None, most_failures: int = 5) -> list[Failure]:
    """Ask a server of this machine for every golden answer of a wire, or the first ones; returns the first failures."""
    return check_parity_at(local(port), wire, most_answers, most_failures)


def check_parity_at(
    address: Address, wire: Wire, most_answers: int | None = None, most_failures: int = 5
) -> list[Failure]:
    """The same of a server that answers anywhere, on a kept connection."""
    failures: list[Failure] = []
    connection = connect(address)
    path = address.path(wire.path)
    try:
        for index, asked in enumerate(islice(wire.golden_bodies(), most_answers)):
            failure = _ask(connection, path, wire, index, asked)
            if failure is not None:
                failures.append(failure)
            if len(failures) == most_failures:
                break
    finally:
        connection.close()
    return failures


def _ask(
    connection: http.client.HTTPConnection, path: str, wire: Wire, index: int, asked: GoldenBody
) -> Failure | None:
    name = f"golden answer {index}"
    try:
        status, text, _ = exchange(connection, wire.method, path, asked.body.encode(), wire.headers)
    except NO_ANSWER as error:
        connection.close()
        return Failure(name, "an answer", describe_no_answer(error))
    if status != 200:
        return Failure(name, "status 200", f"status {status}: {_start(text)}")
    try:
        answer = json.loads(text)
    except ValueError:
        return Failure(name, "a JSON body", _start(text) or "nothing")
    if strays(answer, asked.golden):
        return Failure(name, json.dumps(asked.golden)[:200], json.dumps(answer)[:200])
    return None


def _start(text: bytes) -> str:
    return text[:200].decode(errors="replace")
