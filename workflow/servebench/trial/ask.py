"""One request to a server, wherever it answers; certificates are verified."""

import http.client
from collections.abc import Mapping

from servebench.address import Address


def connect(address: Address, timeout_s: float = 10.0) -> http.client.HTTPConnection:
    """A connection that is made with its first request."""
    kind = http.client.HTTPSConnection if address.is_tls else http.client.HTTPConnection
    return kind(address.host, address.port, timeout=timeout_s)


def ask(
    address: Address,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 10.0,
) -> tuple[int, bytes, dict[str, str]]:
    """One request on a connection of its own: status, body and headers (names in lower case)."""
    connection = connect(address, timeout_s)
    try:
        connection.request(method, address.path(path), body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read(), {k.lower(): v for k, v in response.getheaders()}
    finally:
        connection.close()
