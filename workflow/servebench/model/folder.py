"""A model's folder: beside the estimator its payload pool, its golden answers and its manifest."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn

from servebench.errors import ServebenchError
from servebench.files import read_json, sha256_file, write_json, write_text
from servebench.hashes import refuse_changed, write_hashes
from servebench.model.contract import ModelContract
from servebench.paths import GOLDEN, MANIFEST, MODEL, PAYLOADS


def write_folder(
    folder: Path,
    contract: ModelContract,
    bodies: Sequence[str],
    golden: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Write payloads, golden answers and the manifest, with these facts, beside the estimator; returns the manifest."""
    write_text(folder / PAYLOADS, "".join(body + "\n" for body in bodies))
    write_text(folder / GOLDEN, "".join(json.dumps(answer) + "\n" for answer in golden))
    manifest = {
        **facts,
        "n_features": len(contract.columns),
        **contract.model_dump(mode="json"),
        "sha256": {name: sha256_file(folder / name) for name in (MODEL, PAYLOADS, GOLDEN)},
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    write_json(folder / MANIFEST, manifest)
    write_hashes(folder, (MANIFEST, MODEL, PAYLOADS, GOLDEN))
    return manifest


def read_estimator(folder: Path) -> Any:
    """The estimator in a model's folder; raises ServebenchError where it is not the one that was put there.

    It is a pickle, and runs as code.
    """
    remedy = f"delete {folder} and run again, which makes it anew"
    refuse_changed(folder, remedy)
    path = folder / MODEL
    if sha256_file(path) != read_json(folder / MANIFEST)["sha256"][MODEL]:
        raise ServebenchError(f"{path} is not the model that its manifest names: {remedy}")
    return joblib.load(path)
