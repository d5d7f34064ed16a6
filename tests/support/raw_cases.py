"""Requests that no HTTP library would send, and the honest answers to each (RFC 9110, RFC 9112)."""

from support.dialogues import RawCase

START = b"POST /predict HTTP/1.1"
HOST = b"Host: localhost"
TYPED = b"Content-Type: application/json"
GOOD = frozenset({200})
REFUSED = frozenset({400, 408, 411, 413, 415, 422, 431})
# The only honest statuses of the server's own: what it does not speak.
NOT_SPOKEN = frozenset({501, 505})
NOT_FOUND = frozenset({400, 404, 405})
LARGE_BYTES = 64 * 1024
MANY_HEADERS = 10_000
UNBOUNDED = "Headers have no bound"


def raw_cases(body: bytes) -> list[RawCase]:
    """All cases, made of a body that the model takes."""
    return [
        *_parts(body),
        *_cut_short(body),
        *_lengths(body),
        *_chunks(body),
        *_both(body),
        *_versions(body),
        *_methods(body),
        *_targets(body),
        *_headers(body),
        *_other_protocols(),
    ]


def head(*lines: bytes, start: bytes = START) -> bytes:
    """A request's head; `lines` are all its headers."""
    return b"\r\n".join([start, *lines, b"", b""])


def _head(*lines: bytes, start: bytes = START) -> bytes:
    """The head of a prediction with further headers."""
    return head(HOST, TYPED, *lines, start=start)


def length_of(body: bytes) -> bytes:
    """The header that tells a body's length."""
    return b"Content-Length: %d" % len(body)


def _whole(body: bytes, *lines: bytes, start: bytes = START) -> bytes:
    return _head(length_of(body), *lines, start=start) + body


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNKED = b"Transfer-Encoding: chunked"
LAST_CHUNK = b"0\r\n\r\n"


def _split(data: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(data[start : start + size] for start in range(0, len(data), size))


def _parts(body: bytes) -> list[RawCase]:
    whole = _whole(body)
    chunked = _head(CHUNKED) + b"".join(_chunk(part) for part in _split(body, 50)) + LAST_CHUNK
    return [
        RawCase("a request in parts", _split(whole, 40), GOOD, may_end=False, pause_s=0.01),
        RawCase("a byte a write", _split(whole, 1), GOOD, may_end=False, pause_s=0.0005),
        RawCase("a body after its head", (_head(length_of(body)), body), GOOD, may_end=False),
        RawCase("chunks in parts", _split(chunked, 40), GOOD, may_end=False, pause_s=0.01),
        RawCase("a body after Expect", (_head(length_of(body), b"Expect: 100-continue"), body), GOOD, False),
    ]


def _cut_short(body: bytes) -> list[RawCase]:
    whole = _whole(body)
    return [
        RawCase("a head that is cut short", (whole[:60],), REFUSED, ends_sending=True),
        RawCase("a body that is cut short", (whole[:-5],), REFUSED, ends_sending=True),
        RawCase("chunks that are cut short", (_head(CHUNKED) + _chunk(body),), REFUSED, ends_sending=True),
        RawCase("a chunk that is cut short", (_head(CHUNKED) + _chunk(body)[:-9],), REFUSED, ends_sending=True),
    ]


def _lengths(body: bytes) -> list[RawCase]:
    """Content-Length wrong, negative, twice and unreadable."""
    size = len(body)

    def refused(name: str, *lines: bytes) -> RawCase:
        return RawCase(name, (_head(*lines) + body,), REFUSED, loses_step=True)

    return [
        RawCase(
            "a length above the body", (_head(b"Content-Length: %d" % (size + 5)) + body,), REFUSED, ends_sending=True
        ),
        refused("a length below the body", b"Content-Length: %d" % (size - 5)),
        refused("a negative length", b"Content-Length: -%d" % size),
        refused("a length of -1", b"Content-Length: -1"),
        refused("a length that is no number", b"Content-Length: abc"),
        refused("a length in hexadecimal", b"Content-Length: 0x%x" % size),
        refused("a length with a sign", b"Content-Length: +%d" % size),
        refused("a length with a fraction", b"Content-Length: %d.0" % size),
        refused("an empty length", b"Content-Length:"),
        refused("two lengths that differ", b"Content-Length: %d" % size, b"Content-Length: %d" % (size - 5)),
        refused("two other lengths that differ", b"Content-Length: %d" % (size - 5), b"Content-Length: %d" % size),
        RawCase("two equal lengths", (_head(length_of(body), length_of(body)) + body,), GOOD | REFUSED),
        RawCase(
            "a length beyond 64 bits",
            (_head(b"Content-Length: %d" % (2**64 + size)) + body,),
            REFUSED,
            ends_sending=True,
            pause_s=0.2,
        ),
    ]


def _chunks(body: bytes) -> list[RawCase]:
    """Malformed chunks."""
    size = len(body)

    def refused(name: str, chunks: bytes) -> RawCase:
        return RawCase(name, (_head(CHUNKED) + chunks,), REFUSED, loses_step=True)

    beyond = _head(CHUNKED) + b"1%016x\r\n%s\r\n" % (size, body) + LAST_CHUNK
    return [
        refused("a chunk size that is no number", b"xyz\r\n" + body + b"\r\n" + LAST_CHUNK),
        refused("a negative chunk size", b"-%x\r\n%s\r\n" % (size, body) + LAST_CHUNK),
        refused("a chunk size in hexadecimal notation", b"0x%x\r\n%s\r\n" % (size, body) + LAST_CHUNK),
        refused("a chunk longer than its size", b"%x\r\n%s\r\n" % (size - 5, body) + LAST_CHUNK),
        refused("a chunk without its end", b"%x\r\n%s" % (size, body) + LAST_CHUNK),
        RawCase("a chunk size beyond 64 bits", (beyond,), REFUSED, ends_sending=True, pause_s=0.2),
        RawCase(
            "a chunk's extension",
            (_head(CHUNKED) + b"%x;name=value\r\n%s\r\n" % (size, body) + LAST_CHUNK,),
            GOOD | REFUSED,
        ),
        RawCase("trailers", (_head(CHUNKED) + _chunk(body) + b"0\r\nX-Trailer: 1\r\n\r\n",), GOOD | REFUSED),
    ]


def _both(body: bytes) -> list[RawCase]:
    """Transfer-Encoding with Content-Length: the chunks count, or all of it is refused."""
    chunks = _chunk(body) + LAST_CHUNK
    return [
        RawCase("a length, then chunks", (_head(b"Content-Length: 5", CHUNKED) + chunks,), GOOD | REFUSED),
        RawCase("chunks, then a length", (_head(CHUNKED, b"Content-Length: 5") + chunks,), GOOD | REFUSED),
    ]


def _versions(body: bytes) -> list[RawCase]:
    old, other = b"POST /predict HTTP/1.0", b"POST /predict HTTP/9.9"
    kept = _whole(body, b"Connection: keep-alive", start=old)
    return [
        RawCase("HTTP/1.0", (_whole(body, start=old),), GOOD, may_end=False, must_end=True),
        RawCase("HTTP/1.0 that keeps alive", (kept,), GOOD, may_end=False),
        RawCase(
            "HTTP/1.0 without a host", (head(TYPED, length_of(body), start=old) + body,), GOOD, False, must_end=True
        ),
        RawCase("HTTP/0.9", (b"GET /healthz\r\n\r\n",), GOOD | REFUSED | NOT_SPOKEN, method="GET", asks_for_row=False),
        RawCase(
            "HTTP/9.9",
            (_whole(body, start=other),),
            REFUSED | NOT_SPOKEN,
            loses_step=True,
            declared="Any version of HTTP is answered",
        ),
    ]


def _methods(body: bytes) -> list[RawCase]:
    health = frozenset({200})
    options = frozenset({200, 204}) | NOT_FOUND | NOT_SPOKEN
    unknown = NOT_FOUND | NOT_SPOKEN

    def asked(name: str, method: str, target: str, statuses: frozenset[int], declared: str = "") -> RawCase:
        start = f"{method} {target} HTTP/1.1".encode()
        data = head(HOST, start=start)
        return RawCase(name, (data,), statuses, method=method, asks_for_row=False, declared=declared)

    return [
        asked("HEAD of the health", "HEAD", "/healthz", health | {404, 405}),
        asked("HEAD of predict", "HEAD", "/predict", NOT_FOUND, "HEAD of a path that has no GET"),
        asked("OPTIONS of predict", "OPTIONS", "/predict", options),
        asked("OPTIONS of all", "OPTIONS", "*", options),
        asked("TRACE", "TRACE", "/predict", unknown),
        asked("CONNECT", "CONNECT", "localhost:80", unknown),
        asked("a method that nobody knows", "BREW", "/predict", unknown),
        RawCase(
            "a method in small letters",
            (_whole(body, start=b"post /predict HTTP/1.1"),),
            unknown,
            loses_step=True,
            declared="Methods are taken whatever their case",
        ),
        RawCase(
            "an expectation that nobody knows",
            (_whole(body, b"Expect: the-impossible"),),
            GOOD | REFUSED | {417},
        ),
    ]


def _targets(body: bytes) -> list[RawCase]:
    long = b"GET /%s HTTP/1.1" % (b"a" * LARGE_BYTES)
    return [
        RawCase(
            "the absolute form", (_whole(body, start=b"POST http://localhost/predict HTTP/1.1"),), GOOD | NOT_FOUND
        ),
        RawCase("no target", (_whole(body, start=b"POST  HTTP/1.1"),), NOT_FOUND, loses_step=True),
        RawCase("a NUL in the path", (_whole(body, start=b"POST /predict\0 HTTP/1.1"),), NOT_FOUND, loses_step=True),
        RawCase(
            "a path of 64 KiB",
            (head(HOST, start=long),),
            frozenset({400, 404, 414, 431}),
            method="GET",
            asks_for_row=False,
            declared=UNBOUNDED,
        ),
    ]


def _headers(body: bytes) -> list[RawCase]:
    """Headers too large, missing or malformed.

    A right prediction for a request without a host harms nobody, though RFC 9112 wants it refused.
    """
    many = [b"X-%d: 1" % number for number in range(MANY_HEADERS)]
    typed = (TYPED, length_of(body))
    tolerable = GOOD | {400}
    too_large = frozenset({400, 431})
    return [
        RawCase(
            "a header of 64 KiB", (_whole(body, b"X-Large: " + b"x" * LARGE_BYTES),), too_large, declared=UNBOUNDED
        ),
        RawCase("10,000 headers", (_whole(body, *many),), too_large, declared=UNBOUNDED),
        RawCase("no host", (head(*typed) + body,), tolerable),
        RawCase("two hosts", (_whole(body, b"Host: example.org"),), tolerable),
        RawCase("a NUL in a header", (_whole(body, b"X-Nul: a\0b"),), tolerable),
        RawCase(
            "a NUL in the content type", (head(HOST, TYPED + b"\0", length_of(body)) + body,), REFUSED, loses_step=True
        ),
        RawCase("a header without a colon", (_whole(body, b"nonsense"),), tolerable),
        RawCase("a space before the colon", (_whole(body, b"X-Space : 1"),), tolerable),
        RawCase(
            "a length with a space before the colon", (_head(b"Content-Length : 5") + body,), REFUSED, loses_step=True
        ),
        RawCase("a folded header", (_whole(body, b"X-Folded: 1\r\n 2"),), tolerable),
        RawCase("lines that end without a return", (_whole(body).replace(b"\r\n", b"\n"),), tolerable),
        RawCase("an empty line before the request", (b"\r\n" + _whole(body),), tolerable),
    ]


def _other_protocols() -> list[RawCase]:
    """Whoever speaks another protocol gives up at last."""
    refused = REFUSED | NOT_SPOKEN
    random_bytes = bytes((number * 151 + 7) % 256 for number in range(512))
    return [
        RawCase("a TLS hello", (TLS_HELLO,), refused, ends_sending=True, pause_s=0.2),
        RawCase("bytes of no protocol", (random_bytes,), refused, ends_sending=True, pause_s=0.2),
        RawCase(
            "a line that never ends", (b"a" * LARGE_BYTES,), refused | {414}, ends_sending=True, declared=UNBOUNDED
        ),
        RawCase("nothing", (), refused, ends_sending=True, declared="A client that leaves without a request"),
    ]


# A client hello of TLS 1.2 with one cipher suite, no extension and no end of a line.
TLS_HELLO = b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03" + bytes(range(0x80, 0xA0)) + b"\x00\x00\x02\xc0\x2f\x01\x00"
