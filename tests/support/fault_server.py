"""A small server with faults on purpose: what a server does wrong must be seen by the harness.

Usage: fault_server.py [FAULT] --host H --port P --workers N --model DIR [--prefix P] [--certificate PEM]
       [--from-connections N]; without a FAULT it stands in the environment.

A fault under load begins after so many requests, or once so many connections are open at a time: a check opens fewer.
"""

import json
import os
import signal
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FAULT = os.environ.get("FAULT") or sys.argv.pop(1)
OPTIONS = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
MODEL = Path(OPTIONS["--model"])
PREFIX = OPTIONS.get("--prefix", "")
FROM_CONNECTIONS = int(OPTIONS.get("--from-connections", 0))
BODIES = (MODEL / "payloads.jsonl").read_text().splitlines()
GOLDEN = [json.loads(line) for line in (MODEL / "golden.jsonl").read_text().splitlines()]
ANSWERS = dict(zip(BODIES[::10], GOLDEN, strict=True))
AFTER = 150
# Slow enough that the fault comes inside the window, not in the warm-up.
ANSWER_S = 0.005
# No fault lasts longer, or takes more than the machine has.
LONGEST_S = 20
MOST_CHILDREN = 20
DRIP_S = 0.1
LEAK_EVERY_S = 0.1
# 50 MB a second, and 400, up to no more than the last.
LEAK_BYTES = {"leaks": 5 * 2**20, "devours": 40 * 2**20}
MOST_LEAKED_BYTES = 2**30
STARTED_S = time.monotonic()
GARBAGE = b"\x00\xff\x16\x03 no HTTP at all \r\n\r\n" * 8


class Counter:
    """Requests so far over all connections, connections that are open, and whether the fault has begun."""

    def __init__(self) -> None:
        self.value = 0
        self.connections = 0
        self.has_begun = False
        self.lock = threading.Lock()

    def next(self) -> int:
        with self.lock:
            self.value += 1
            if not FROM_CONNECTIONS:
                self.has_begun = self.value > AFTER
            return self.value

    def open(self, change: int) -> None:
        with self.lock:
            self.connections += change
            if FROM_CONNECTIONS and self.connections >= FROM_CONNECTIONS:
                self.has_begun = True


COUNTER = Counter()
CHILDREN: list[int] = []
LEAKED: list[bytearray] = []


def fork_child() -> None:
    """A child that would outlive its parent, at most so many."""
    if len(CHILDREN) < MOST_CHILDREN:
        child = os.fork()
        if child == 0:
            time.sleep(LONGEST_S)
            os._exit(0)
        CHILDREN.append(child)


def leak() -> None:
    """Memory that is really used, more and more."""
    size = LEAK_BYTES[FAULT]
    while len(LEAKED) * size < MOST_LEAKED_BYTES:
        if COUNTER.has_begun:
            LEAKED.append(bytearray(b"x" * size))
        time.sleep(LEAK_EVERY_S)


def become_daemon() -> None:
    """Leave the session and the group of whoever started this, as a daemon does."""
    for _ in range(2):
        if os.fork():
            os._exit(0)
        if os.getsid(0) != os.getpid():
            os.setsid()


def start_daemon() -> None:
    """A helper that made itself a daemon, beside the server."""
    if os.fork() == 0:
        become_daemon()
        time.sleep(5 * LONGEST_S)
        os._exit(0)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet, at once: else the peer waits 40 ms for the second.
    wbufsize = 65536
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        COUNTER.open(1)

    def finish(self) -> None:
        COUNTER.open(-1)
        super().finish()

    def send(self, status: int, value: object, closes: bool = False) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if closes:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self) -> None:
        if FAULT == "dead":
            time.sleep(LONGEST_S)
        if FAULT == "drips":
            self.drip()
            return
        status = 503 if FAULT == "unhealthy" else 200 if self.path == f"{PREFIX}/healthz" else 404
        self.send(
            status, {"status": "ok", "model_hash": "x", "server": "fault", "version": "1", "inference": "sklearn"}
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path != f"{PREFIX}/predict":
            self.send(404, {"detail": "not here"})
            return
        answer = ANSWERS.get(body, GOLDEN[0])
        number = COUNTER.next()
        time.sleep(0.0 if FAULT == "quick" else ANSWER_S)
        if FAULT.startswith("always-"):
            self.go_wrong(FAULT.removeprefix("always-"), number, answer)
        elif COUNTER.has_begun:
            self.go_wrong(FAULT, number, answer)
        else:
            self.send(200, answer)

    def go_wrong(self, fault: str, number: int, answer: dict[str, object]) -> None:
        """Answer with the fault."""
        if fault == "dies":
            os._exit(3)
        if fault == "drifts":
            time.sleep((time.monotonic() - STARTED_S) * 0.004)
        if fault == "hangs":
            time.sleep(3)
        if fault == "slow":
            time.sleep(0.3)
        if fault == "silent":
            time.sleep(LONGEST_S)
        if fault == "forks":
            fork_child()
        if fault in ("garbage", "half"):
            self.send_bytes(GARBAGE if fault == "garbage" else self.half(answer))
        elif fault == "endless":
            self.flood()
        elif (
            (fault == "error" and number % 2)
            or (fault == "ten-percent" and number % 10 == 0)
            or (fault == "one-percent" and number % 100 == 0)
        ):
            self.send(500, {"detail": "on purpose"})
        else:
            self.send(200, {**answer, "prediction": -1} if fault == "wrong" else answer, closes=fault == "closes")

    def drip(self) -> None:
        """A right answer, a byte now and then: no socket's timeout ever comes."""
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}":
            self.send_bytes(bytes([byte]))
            time.sleep(DRIP_S)

    def half(self, answer: dict[str, object]) -> bytes:
        body = json.dumps(answer).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2]

    def send_bytes(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def flood(self) -> None:
        """A body without an end, for a while."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        ends_s = time.monotonic() + LONGEST_S
        while time.monotonic() < ends_s:
            self.send_bytes(b"x" * 2**20)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A peer that left is no news."""


if FAULT == "exits":
    sys.exit("no luck today")
if FAULT == "daemon":
    become_daemon()
if FAULT == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if FAULT == "daemon-beside":
    start_daemon()
# A forked child that would outlive its parent.
if FAULT == "child" and os.fork() == 0:
    time.sleep(300)
SERVER = Server((OPTIONS["--host"], int(OPTIONS["--port"])), Handler)
if FAULT in LEAK_BYTES:
    threading.Thread(target=leak, daemon=True).start()
if "--certificate" in OPTIONS:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OPTIONS["--certificate"])
    SERVER.socket = context.wrap_socket(SERVER.socket, server_side=True)
SERVER.serve_forever()
