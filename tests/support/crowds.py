"""Many clients on one thread, none of which behaves."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator

from servebench.trial.server import HOST

# Connections are opened at a pace that a listener's queue takes.
BATCH = 50
BATCH_PAUSE_S = 0.01
# Closing with this sends a reset instead of an orderly end.
RESET = struct.pack("ii", 1, 0)


@contextlib.contextmanager
def clients(port: int, count: int, timeout_s: float) -> Iterator[list[socket.socket]]:
    """So many connections; they end with the block. Raises OSError where one cannot be made."""
    with contextlib.ExitStack() as stack:
        found = []
        for number in range(count):
            found.append(stack.enter_context(socket.create_connection((HOST, port), timeout_s)))
            if number % BATCH == BATCH - 1:
                time.sleep(BATCH_PAUSE_S)
        yield found


def drop(port: int, data: bytes, timeout_s: float) -> None:
    """Open a connection, send bytes and reset it."""
    with socket.create_connection((HOST, port), timeout_s) as client:
        with contextlib.suppress(OSError):
            client.sendall(data)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def send_to_all(crowd: list[socket.socket], data: bytes) -> None:
    """Send the same bytes on every connection that is still there."""
    for client in crowd:
        with contextlib.suppress(OSError):
            client.sendall(data)


def fill(client: socket.socket, data: bytes, most_bytes: int, blocked_s: float) -> int:
    """Send until the server takes no more for a while, or so many bytes; returns how many it took."""
    client.settimeout(blocked_s)
    sent = 0
    with contextlib.suppress(OSError):
        while sent < most_bytes:
            sent += client.send(data[sent % len(data) :])
    return sent
