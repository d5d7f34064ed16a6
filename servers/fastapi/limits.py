"""What the contract asks of a body before it is parsed: its type and its size."""

from problems import problem
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT_BYTES = 1024 * 1024
TOO_LARGE = "the body is larger than 1 MiB"


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
            await self.app(scope, _counted(receive), send)


def _counted(receive: Receive) -> Receive:
    """A chunked body tells its size only as it comes."""
    received_bytes = 0

    async def counted() -> Message:
        nonlocal received_bytes
        message = await receive()
        received_bytes += len(message.get("body", b""))
        if received_bytes > BODY_LIMIT_BYTES:
            # FastAPI passes this one on and turns every other error of reading into 400.
            raise HTTPException(413, TOO_LARGE)
        return message

    return counted


def _complaint(headers: dict[bytes, bytes]) -> tuple[int, str] | None:
    media_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media_type != b"application/json":
        return 415, "the content type must be application/json"
    length = headers.get(b"content-length", b"1")
    if length == b"0":
        return 400, "the body is not JSON"
    if int(length) > BODY_LIMIT_BYTES:
        return 413, TOO_LARGE
    return None
