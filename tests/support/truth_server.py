"""A server of delays that shares nothing with the calibration's: other laws, another language, its own bookkeeping.

It tells in X-Delay-Ns what it realised, from the request's arrival in the kernel to just before its send. Usage:
`python truth_server.py PORT LAW`, LAW being gamma, three-modes or ramp.
"""

import heapq
import random
import select
import socket
import struct
import sys
import time
from collections.abc import Callable

SO_TIMESTAMPNS = 35
RAMP_MS, RAMP_REQUESTS = (1.0, 12.0), 97


def make_laws(numbers: random.Random) -> dict[str, Callable[[int], float]]:
    """Each law gives the delay of the n-th request in ms."""
    low, high = RAMP_MS
    return {
        "gamma": lambda _: numbers.gammavariate(3.0, 2.0),
        "three-modes": lambda _: numbers.gauss(numbers.choices((3.0, 8.0, 25.0), (60, 32, 8))[0], 0.2),
        "ramp": lambda n: low + (high - low) * (n % RAMP_REQUESTS) / RAMP_REQUESTS,
    }


def arrival_s(ancillary: list[tuple[int, int, bytes]]) -> float:
    """When the kernel received it, on the monotonic clock; now, where it does not tell."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", data)
            return time.monotonic() - (time.time() - (seconds + nanoseconds / 1e9))
    return time.monotonic()


def serve(port: int, delay_ms: Callable[[int], float]) -> None:
    """Spin for ever: a request is answered when it is due."""
    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    peers: dict[int, socket.socket] = {}
    pending: list[tuple[float, int, float, socket.socket]] = []
    count = 0
    while True:
        for number, _ in poll.poll(0):
            if number == listener.fileno():
                peer, _ = listener.accept()
                peer.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                peers[peer.fileno()] = peer
                poll.register(peer, select.EPOLLIN)
                continue
            peer = peers[number]
            try:
                # The calibration's requests are small: one comes in one piece.
                received, ancillary, _, _ = peer.recvmsg(65536, 256)
            except ConnectionError:
                received, ancillary = b"", []
            if not received:
                poll.unregister(peer)
                peers.pop(number).close()
                continue
            at_s = arrival_s(ancillary)
            heapq.heappush(pending, (at_s + delay_ms(count) / 1000, count, at_s, peer))
            count += 1
        while pending and pending[0][0] <= time.monotonic():
            _, _, at_s, peer = heapq.heappop(pending)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\nX-Delay-Ns: %d\r\n\r\n"
            try:
                peer.send(head % round((time.monotonic() - at_s) * 1e9) + b'{"prediction":0}')
            except OSError:
                continue


if __name__ == "__main__":
    serve(int(sys.argv[1]), make_laws(random.Random(7))[sys.argv[2]])
