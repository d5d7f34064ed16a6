"""Connections that a server has not accepted yet: what sock_diag(7) tells of its listening socket, on Linux.

/proc/net/tcp tells the same, but the kernel looks for connections in a table of some 100,000 places then: 2 ms.
"""

import socket
import struct
from collections.abc import Iterator

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
REQUEST_DUMP = 0x301
LISTEN = 10
HEADER = struct.Struct("=IHHII")
REQUEST = struct.Struct("=BBBxI48x")
# inet_diag_msg: family, state, two timers; the port; its other numbers; the queue.
ENTRY = struct.Struct("=BBxx2s50xI")
REPLY_BYTES = 65536


def read_listen_queue(port: int) -> int | None:
    """Connections waiting at a port of this machine; None where nobody listens there, or it is not told."""
    try:
        queues = [queue for family in (socket.AF_INET, socket.AF_INET6) for queue in _ask(family, port)]
    except OSError:
        return None
    return sum(queues) if queues else None


def _ask(family: int, port: int) -> list[int]:
    if not hasattr(socket, "AF_NETLINK"):
        return []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        request = REQUEST.pack(family, socket.IPPROTO_TCP, 0, 1 << LISTEN)
        kernel.send(HEADER.pack(HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, REQUEST_DUMP, 0, 0) + request)
        found: list[int] = []
        while True:
            for kind, body in messages(kernel.recv(REPLY_BYTES)):
                if kind != SOCK_DIAG_BY_FAMILY:
                    # Done, or an error: this kernel does not tell.
                    return found
                found += queue_of(body, port)


def messages(reply: bytes) -> Iterator[tuple[int, bytes]]:
    """The messages of a netlink reply, as their kind and what follows their header."""
    while len(reply) >= HEADER.size:
        length, kind, *_ = HEADER.unpack_from(reply)
        yield kind, reply[HEADER.size : length]
        reply = reply[(length + 3) & ~3 :]


def queue_of(body: bytes, port: int) -> list[int]:
    """The queue of a listening socket, where it is one of this port."""
    _family, state, at, queue = ENTRY.unpack_from(body)
    return [queue] if state == LISTEN and int.from_bytes(at, "big") == port else []
