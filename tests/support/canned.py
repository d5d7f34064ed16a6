"""A port that says what it is told to say."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from servebench.trial.server import HOST


def answer(status: int, body: bytes, *headers: str, content_type: str = "application/json") -> bytes:
    """An answer's bytes."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def canned(*answers: bytes) -> Iterator[int]:
    """A port where the requests of one connection get these answers, then its end."""
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            # The runner closes without reading the rest where an answer is wrong.
            with client, suppress(OSError):
                for data in answers:
                    client.recv(65536)
                    client.sendall(data)
                client.shutdown(socket.SHUT_WR)
                # A socket that is closed with unread bytes resets the connection.
                while client.recv(65536):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()
