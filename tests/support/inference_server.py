"""A stranger's server of the open inference protocol: python app.py HOST:PORT.

It knows nothing of ours but the library's functions. The requests that WRONG names, as FIRST:END, get an answer whose
first probability is off.
"""

import ctypes
import json
import os
import sys
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count

library = ctypes.CDLL(os.environ["LIBRARY"])
outputs = (ctypes.c_double * library.servebench_n_outputs())()
first_wrong, _, end_wrong = os.environ["WRONG"].partition(":")
WRONG = range(int(first_wrong), int(end_wrong))
numbers = count()


def predict(row: list[float]) -> tuple[int, list[float]]:
    """The label and the probabilities of a row."""
    best = library.servebench_predict((ctypes.c_double * len(row))(*row), outputs)
    return library.servebench_class_label(best), outputs[:]


def infer(asked: dict) -> dict:
    """The answer to a request: its outputs are tensors, row after row."""
    (tensor,) = asked["inputs"]
    (rows, columns), data = tensor["shape"], tensor["data"]
    told = [predict(data[row * columns : (row + 1) * columns]) for row in range(rows)]
    probabilities = [value for _, values in told for value in values]
    if next(numbers) in WRONG:
        probabilities[0] += 1e-6
    found = {
        "predict": {"datatype": "INT64", "shape": [rows, 1], "data": [label for label, _ in told]},
        "predict_proba": {"datatype": "FP64", "shape": [rows, len(outputs)], "data": probabilities},
    }
    named = [{"name": output["name"], **found[output["name"]]} for output in asked["outputs"]]
    return {"model_name": "model", "id": str(uuid.uuid4()), "outputs": named}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/v2/health/ready" else 404, b"")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v2/models/model/infer":
            self.answer(404, b"")
        else:
            self.answer(200, json.dumps(infer(asked)).encode())

    def log_message(self, *_: object) -> None:
        pass


host, _, port = sys.argv[1].partition(":")
HTTPServer((host, int(port)), Handler).serve_forever()
