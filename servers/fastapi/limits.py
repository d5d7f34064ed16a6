"""The contract's limits, and what it asks of a request before its body is parsed."""

from problems import problem
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT_BYTES = 1024 * 1024
IDLE_TIMEOUT_S = 30
# The smallest number that rounds to infinity in float32, which tree models compute with.
BEYOND_FLOAT32 = 2.0**128 - 2.0**103
# Where a body is read.
BODY_PATHS = ("/predict", "/echo")
TOO_LARGE = "the body is larger than 1 MiB"
NOT_JSON = "the body is not JSON"


class ContractLimits:
    """415 for another content type, 413 for a body above 1 MiB, 400 for none and for an upgrade."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if b"upgrade" in headers:
            # The server's parser reads nothing more after an upgrade: the connection ends with the answer.
            refusal = problem(400, "this server offers no upgrade", {"Connection": "close"})
            await refusal(scope, receive, send)
            return
        if scope["method"] != "POST" or scope["path"] not in BODY_PATHS:
            await self.app(scope, receive, send)
            return
        complaint = _complaint(headers)
        if complaint is not None:
            await _forget_rest(receive, has_more=True)
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
            await _forget_rest(receive, message.get("more_body", False))
            # FastAPI passes this one on and turns every other error of reading into 400.
            raise HTTPException(413, TOO_LARGE)
        if received_bytes == 0 and not message.get("more_body", False):
            raise HTTPException(400, NOT_JSON)
        return message

    return counted


async def _forget_rest(receive: Receive, has_more: bool) -> None:
    """Read the rest of a body: some servers end a connection of which a part was not read."""
    while has_more:
        has_more = (await receive()).get("more_body", False)


def _complaint(headers: dict[bytes, bytes]) -> tuple[int, str] | None:
    media_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media_type != b"application/json":
        return 415, "the content type must be application/json"
    length_bytes = int(headers.get(b"content-length", b"1"))
    if length_bytes == 0:
        return 400, NOT_JSON
    if length_bytes > BODY_LIMIT_BYTES:
        return 413, TOO_LARGE
    return None
