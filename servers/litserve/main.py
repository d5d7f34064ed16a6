"""A LitServe API as its documentation shows it: setup, decode, predict, encode."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import litserve
from batches import Request, answer_together
from inference import SklearnInference

MAX_BATCH_SIZE = int(os.environ["MAX_BATCH_SIZE"])


class Predictor(litserve.LitAPI):
    """Answers one request at a time."""

    def setup(self, device: str) -> None:  # noqa: ARG002
        """Load the model, once a worker."""
        self.inference = SklearnInference(Path(os.environ["MODEL"]))

    def decode_request(self, request: dict[str, Any]) -> Request:
        """The body as it is."""
        return request

    def predict(self, request: Any) -> Any:
        """The answer to one request."""
        return answer_together(self.inference, [request])[0]

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        """The answer as it is."""
        return output


class BatchPredictor(Predictor):
    """Answers the requests that wait together: LitServe hands `predict` a list where a batch may hold several."""

    def predict(self, request: Any) -> Any:
        """The answers to several requests."""
        return answer_together(self.inference, request)


def make_api() -> litserve.LitAPI:
    """The API with or without batches."""
    if MAX_BATCH_SIZE == 1:
        return Predictor(api_path="/predict")
    return BatchPredictor(api_path="/predict", max_batch_size=MAX_BATCH_SIZE, batch_timeout=0.01)


if __name__ == "__main__":
    # LitServe ends its processes as it unwinds, which SIGTERM by itself does not make it do.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = litserve.LitServer(make_api(), accelerator="cpu", workers_per_device=int(os.environ["WORKERS"]))
    server.run(
        host=os.environ["HOST"],
        port=int(os.environ["PORT"]),
        log_level="warning",
        access_log=False,
        generate_client_file=False,
    )
