"""One request to a server, wherever it answers; certificates are verified."""

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from servebench.address import Address

TIMEOUT_S = 10.0
# More than any answer needs: one without an end must not fill the memory.
MOST_BYTES = 64 * 2**20
# What is raised where no answer comes, or none of HTTP, or half of one.
NO_ANSWER = (OSError, http.client.HTTPException)


def connect(address: Address, timeout_s: float = TIMEOUT_S) -> http.client.HTTPConnection:
    """A connection that is made with its first request."""
    kind = http.client.HTTPSConnection if address.is_tls else http.client.HTTPConnection
    return kind(address.host, address.port, timeout=timeout_s)


def ask(
    address: Address,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> tuple[int, bytes, dict[str, str]]:
    """One request on a connection of its own: status, body and headers (names in lower case).

    Raises what `NO_ANSWER` names where the whole answer is not there in time.
    """
    connection = connect(address, timeout_s)
    try:
        return exchange(connection, method, address.path(path), body, headers or {})
    finally:
        connection.close()


def exchange(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, bytes, dict[str, str]]:
    """The same on a connection that is kept, within its timeout."""
    with _ended_in_time(connection):
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        text = response.read(MOST_BYTES)
        if response.read(1):
            raise http.client.HTTPException(f"an answer of more than {MOST_BYTES:,} bytes")
        if response.length:
            raise http.client.IncompleteRead(text, response.length)
        return response.status, text, {k.lower(): v for k, v in response.getheaders()}


@contextmanager
def _ended_in_time(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Shut a connection once its timeout is over: the socket's own begins anew with each byte that drips in."""
    if connection.sock is None:
        connection.connect()
    timer = threading.Timer(connection.timeout or TIMEOUT_S, _shut, [connection.sock])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(opened: socket.socket) -> None:
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def describe_no_answer(error: BaseException) -> str:
    """Why there was no answer, in one line: what came may hold anything."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
