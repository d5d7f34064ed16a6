"""A small server with faults on purpose: what a server does wrong must be seen by the harness.

Usage: fault_server.py FAULT --host H --port P --workers N --model DIR [--prefix P] [--certificate PEM]
"""

import json
import os
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FAULT = sys.argv[1]
OPTIONS = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
MODEL = Path(OPTIONS["--model"])
PREFIX = OPTIONS.get("--prefix", "")
BODIES = (MODEL / "payloads.jsonl").read_text().splitlines()
GOLDEN = [json.loads(line) for line in (MODEL / "golden.jsonl").read_text().splitlines()]
ANSWERS = dict(zip(BODIES[::10], GOLDEN, strict=True))
AFTER = 150
# Slow enough that the fault comes inside the window, not in the warm-up.
ANSWER_S = 0.005
STARTED_S = time.monotonic()


class Counter:
    """Requests so far, over all connections."""

    def __init__(self) -> None:
        self.value = 0
        self.lock = threading.Lock()

    def next(self) -> int:
        with self.lock:
            self.value += 1
            return self.value


COUNTER = Counter()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet, at once: else the peer waits 40 ms for the second.
    wbufsize = 65536
    disable_nagle_algorithm = True

    def send(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self) -> None:
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
        if number > AFTER:
            if FAULT == "dies":
                os._exit(3)
            if FAULT == "wrong":
                answer = {**answer, "prediction": -1}
            if FAULT == "error" and number % 2:
                self.send(500, {"detail": "on purpose"})
                return
            if FAULT == "one-percent" and number % 100 == 0:
                self.send(500, {"detail": "on purpose"})
                return
            if FAULT == "drifts":
                time.sleep((time.monotonic() - STARTED_S) * 0.004)
            if FAULT == "hangs":
                time.sleep(3)
        if FAULT == "always-wrong":
            answer = {**answer, "prediction": -1}
        self.send(200, answer)

    def log_message(self, *_: object) -> None:
        pass


if FAULT == "exits":
    sys.exit("no luck today")
# A forked child that would outlive its parent.
if FAULT == "child" and os.fork() == 0:
    time.sleep(300)
SERVER = ThreadingHTTPServer((OPTIONS["--host"], int(OPTIONS["--port"])), Handler)
if "--certificate" in OPTIONS:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OPTIONS["--certificate"])
    SERVER.socket = context.wrap_socket(SERVER.socket, server_side=True)
SERVER.serve_forever()
