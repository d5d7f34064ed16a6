"""A server that knows nothing of ours but the library's functions: python app.py HOST:PORT."""

import ctypes
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

library = ctypes.CDLL(os.environ["LIBRARY"])
features = library.servebench_n_features()
outputs = (ctypes.c_double * library.servebench_n_outputs())()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/ready?now=1" else 404, b"ready\n")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        try:
            row = json.loads(self.rfile.read(length))["features"]
            best = library.servebench_predict((ctypes.c_double * features)(*row), outputs)
        except Exception:
            self.answer(400, b"no\n")
            return
        label = library.servebench_class_label(best)
        self.answer(200, json.dumps({"prediction": label, "probabilities": outputs[:]}).encode())

    def log_message(self, *_: object) -> None:
        pass


host, _, port = sys.argv[1].partition(":")
HTTPServer((host, int(port)), Handler).serve_forever()
