"""One connection to a server, raw enough to see what really comes back."""

import contextlib
import select
import socket
import time
from dataclasses import dataclass
from types import TracebackType

from servebench.trial.server import HOST

CHUNK_BYTES = 64 * 1024
# More than any answer needs: one without an end must not fill the memory.
MOST_BYTES = 64 * 2**20


class LostStep(Exception):
    """What came back is no answer to the request that was sent."""


class ConnectionEnded(LostStep):
    """The server ended the connection; `is_torn` where a part of an answer had come."""

    def __init__(self, text: str, is_torn: bool) -> None:
        super().__init__(text)
        self.is_torn = is_torn


@dataclass(frozen=True)
class Answer:
    """A complete answer; the headers' names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        """Whether the server says that it closes the connection."""
        return _closes(self.headers)


def write_request(method: str, path: str, headers: dict[str, str], body: bytes | None, is_chunked: bool) -> bytes:
    """A request's bytes; a chunked body comes as one chunk, or as none where it is empty."""
    head = {"Host": HOST, **headers}
    if body is not None:
        head |= {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + (_chunks(body or b"") if is_chunked else body or b"")


def _chunks(body: bytes) -> bytes:
    chunk = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
    return chunk + b"0\r\n\r\n"


def _closes(headers: dict[str, str]) -> bool:
    return headers.get("connection", "").lower() == "close"


def _length(text: str, base: int) -> int:
    """How many bytes follow, as the server wrote it."""
    try:
        length = int(text, base)
    except ValueError:
        length = -1
    if length < 0:
        raise LostStep(f"no length: {text[:80]!r}")
    return length


class Connection:
    """Sends requests one after the other; bytes that belong to no answer end it with LostStep."""

    def __init__(self, port: int, timeout_s: float = 10.0) -> None:
        self._socket = socket.create_connection((HOST, port), timeout_s)
        # Head and body go out at once, also where an earlier answer is not acknowledged yet.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self._has_begun = False
        self._ends_by_s = time.monotonic() + timeout_s

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def ask(self, method: str, request: bytes) -> Answer:
        """Send a request's bytes and read its answer.

        Raises LostStep where none comes, or something else; OSError where the connection breaks.
        """
        if self._buffer:
            raise LostStep(f"bytes after the answer before: {bytes(self._buffer[:80])!r}")
        self.send(request)
        return self.read_answer(method)

    def send(self, data: bytes) -> None:
        """Send bytes, also to a server that reads no more."""
        # A server may refuse a body before it has read it: its answer is waiting then.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def end_sending(self) -> None:
        """Say that nothing more is sent; answers are read on."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def wait_at_most(self, timeout_s: float) -> None:
        """Wait no longer than this for bytes from now on."""
        self._socket.settimeout(timeout_s)

    def has_news(self) -> bool:
        """Whether bytes or the end have come that nobody has read."""
        readable, _, _ = select.select([self._socket], [], [], 0.0)
        return bool(self._buffer or readable)

    def read_answer(self, method: str) -> Answer:
        """The next answer, which is to a request of this method; raises like `ask`."""
        self._has_begun = bool(self._buffer)
        # The socket's own timeout begins anew with each byte that drips in.
        self._ends_by_s = time.monotonic() + (self._socket.gettimeout() or 0.0)
        status, headers = self._read_head()
        # 100 Continue and its like come before the answer.
        while 100 <= status < 200 and status != 101:
            status, headers = self._read_head()
        has_body = method != "HEAD" and status not in (101, 204, 304)
        return Answer(status, headers, self._read_body(headers) if has_body else b"")

    def _read_head(self) -> tuple[int, dict[str, str]]:
        lines = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        words = lines[0].split(" ", maxsplit=2)
        if not words[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdecimal():
            raise LostStep(f"no status line: {lines[0][:80]!r}")
        pairs = (line.partition(":") for line in lines[1:] if line)
        return int(words[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        if "content-length" in headers:
            return self._read_exactly(_length(headers["content-length"], 10))
        if _closes(headers):
            return self._read_to_the_end()
        raise LostStep("an answer that does not tell its length")

    def _read_chunks(self) -> bytes:
        body = b""
        while (length := _length(self._read_until(b"\r\n").split(b";")[0].decode("latin-1"), 16)) > 0:
            body += self._read_exactly(length)
            self._read_until(b"\r\n")
        self._read_until(b"\r\n")
        return body

    def _read_to_the_end(self) -> bytes:
        with contextlib.suppress(ConnectionEnded):
            while True:
                self._receive()
        return self._read_exactly(len(self._buffer))

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._receive()
        return self._read_exactly(self._buffer.index(end) + len(end))[: -len(end)]

    def _read_exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            self._receive()
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def _receive(self) -> None:
        if len(self._buffer) > MOST_BYTES or time.monotonic() > self._ends_by_s:
            raise LostStep(f"an answer without an end: {bytes(self._buffer[:80])!r}")
        received = b""
        with contextlib.suppress(ConnectionResetError):
            received = self._socket.recv(CHUNK_BYTES)
        if not received:
            before = f" after {bytes(self._buffer[:80])!r}" if self._buffer else " without an answer"
            raise ConnectionEnded(f"the connection was closed{before}", self._has_begun)
        self._has_begun = True
        self._buffer += received
