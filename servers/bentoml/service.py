"""A BentoML service as its documentation shows it: arrays in, arrays out, in batches where the environment says so."""

import ctypes
import os
import signal
import sys
from pathlib import Path

import bentoml
import joblib
import numpy as np

MAX_BATCH_SIZE = int(os.environ["MAX_BATCH_SIZE"])
BATCHES = {"batchable": True, "max_batch_size": MAX_BATCH_SIZE} if MAX_BATCH_SIZE > 1 else {}
# From <sys/prctl.h>.
PR_SET_PDEATHSIG = 1


@bentoml.service(workers=int(os.environ["WORKERS"]), logging={"access": {"enabled": False}})
class Predictor:
    """The model behind an endpoint."""

    def __init__(self) -> None:
        end_with_parent()
        self.model = joblib.load(Path(os.environ["MODEL"]) / "model.joblib")

    @bentoml.api(**BATCHES)
    def predict(self, input_data: np.ndarray) -> np.ndarray:
        """The labels of rows."""
        return self.model.predict(input_data)


def end_with_parent() -> None:
    """BentoML starts a worker in a session of its own: it would survive who kills the group of the first process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
