"""What the contract asks of a body before it is parsed: its type and its size."""

from problems import problem
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT_BYTES = 1024 * 1024


class _TooLarge(Exception):
    """The body ran past the limit while it was received."""


class ContractLimits:
    """415 for another content type, 413 for a body above 1 MiB, 400 for none; nothing else is touched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != "/predict":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        complaint = _complaint(headers)
        if complaint is not None:
            await problem(*complaint)(scope, receive, send)
        elif b"content-length" in headers:
            await self.app(scope, receive, send)
        else:
            await self._with_counted_body(scope, receive, send)

    async def _with_counted_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A chunked body tells its size only as it comes."""
        received_bytes = 0

        async def counted() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > BODY_LIMIT_BYTES:
                raise _TooLarge
            return message

        try:
            await self.app(scope, counted, send)
        except _TooLarge:
            await problem(413, "the body is larger than 1 MiB")(scope, receive, send)


def _complaint(headers: dict[bytes, bytes]) -> tuple[int, str] | None:
    media_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media_type != b"application/json":
        return 415, "the content type must be application/json"
    length = headers.get(b"content-length", b"1")
    if length == b"0":
        return 400, "the body is not JSON"
    if int(length) > BODY_LIMIT_BYTES:
        return 413, "the body is larger than 1 MiB"
    return None
