"""A Mosec service as its documentation shows it: a worker with `forward`, in a process for each worker."""

import os
from pathlib import Path
from typing import Any

from batches import answer_together
from inference import SklearnInference
from mosec import Server, ValidationError, Worker

MAX_BATCH_SIZE = int(os.environ["MAX_BATCH_SIZE"])


class Predictor(Worker):
    """Answers one request at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.inference = SklearnInference(Path(os.environ["MODEL"]))

    def forward(self, data: Any) -> Any:
        """The answer to one request."""
        return self.answer([data])[0]

    def answer(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers to several requests; Mosec answers 422 where one has no features."""
        try:
            return answer_together(self.inference, requests)
        except KeyError as error:
            raise ValidationError(f"cannot find key {error}") from error


class BatchPredictor(Predictor):
    """Answers the requests that wait together: Mosec hands `forward` a list where a batch may hold several."""

    def forward(self, data: Any) -> Any:
        """The answers to several requests."""
        return self.answer(data)


if __name__ == "__main__":
    server = Server()
    server.append_worker(
        Predictor if MAX_BATCH_SIZE == 1 else BatchPredictor,
        num=int(os.environ["WORKERS"]),
        max_batch_size=MAX_BATCH_SIZE,
        max_wait_time=10,
        route="/predict",
    )
    server.run()
