"""A Ray Serve deployment as its documentation shows it, with a Ray of its own on this machine."""

import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

import ray
from batches import answer_together
from inference import SklearnInference
from ray import serve
from starlette.requests import Request

WORKERS = int(os.environ["WORKERS"])
MAX_BATCH_SIZE = int(os.environ["MAX_BATCH_SIZE"])
# About the least that Ray takes: no object of ours is kept there.
OBJECT_STORE_BYTES = 80 * 1024 * 1024


@serve.deployment(num_replicas=WORKERS)
class Predictor:
    """Answers one request at a time."""

    def __init__(self, model: str) -> None:
        self.inference = SklearnInference(Path(model))

    async def __call__(self, request: Request) -> dict[str, Any]:
        """The answer to one request; whatever is asked by GET hears that the model is loaded."""
        if request.method == "GET":
            return {"status": "ok", "model_hash": self.inference.model_hash}
        return await self.answer(await request.json())

    async def answer(self, body: Any) -> Any:
        """The answer to one body."""
        return answer_together(self.inference, [body])[0]


# By default a replica is handed five requests at most, which would be the largest batch.
@serve.deployment(num_replicas=WORKERS, max_ongoing_requests=2 * MAX_BATCH_SIZE)
class BatchPredictor(Predictor.func_or_class):  # type: ignore[misc]
    """Answers the requests that wait together: Serve hands `answer` a list of them."""

    @serve.batch(max_batch_size=MAX_BATCH_SIZE, batch_wait_timeout_s=0.01)
    async def answer(self, body: Any) -> Any:
        """The answers to several bodies."""
        return answer_together(self.inference, body)


def main() -> None:
    """Serve until SIGTERM."""
    # Ray's sockets stand below it, and their paths may have few letters.
    folder = tempfile.mkdtemp(prefix="ray")

    def end(*_: object) -> None:
        # Its processes end by the same signal; ray.shutdown waits for ever for those that have.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGTERM)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    ray.init(
        address="local",
        num_cpus=WORKERS,
        object_store_memory=OBJECT_STORE_BYTES,
        include_dashboard=False,
        log_to_driver=False,
        _node_ip_address="127.0.0.1",
        _temp_dir=folder,
    )
    signal.signal(signal.SIGTERM, end)
    serve.start(http_options={"host": os.environ["HOST"], "port": int(os.environ["PORT"])})
    deployment = Predictor if MAX_BATCH_SIZE == 1 else BatchPredictor
    serve.run(deployment.bind(os.environ["MODEL"]))
    signal.pause()


if __name__ == "__main__":
    main()
