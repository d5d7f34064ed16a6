"""Training: from a model's definition to its folder."""

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split

from servebench.answers import GOLDEN_STEP
from servebench.config import ModelDefinition
from servebench.files import sha256_file, write_json, write_text
from servebench.model.datasets import load_dataset
from servebench.model.estimators import make_estimator
from servebench.model.payloads import draw_inputs, to_answers, to_body
from servebench.paths import GOLDEN, MANIFEST, MODEL, PAYLOADS

HELD_OUT_SHARE = 0.25


def train(definition: ModelDefinition, decimals: str, seed: int, folder: Path) -> dict[str, Any]:
    """Train one model and write model.joblib, payloads.jsonl, golden.jsonl and manifest.json.

    Everything is seeded: a second run writes the same bytes. Returns the manifest.
    """
    dataset = load_dataset(definition.dataset)
    estimator = make_estimator(definition, dataset.is_classification, seed)
    stratify = dataset.target if dataset.is_classification else None
    train_x, test_x, train_y, test_y = train_test_split(
        dataset.features, dataset.target, test_size=HELD_OUT_SHARE, random_state=seed, stratify=stratify
    )
    estimator.fit(train_x, train_y)
    score = accuracy_score if dataset.is_classification else r2_score
    quality = float(score(test_y, estimator.predict(test_x)))

    folder.mkdir(parents=True, exist_ok=True)
    rows = draw_inputs(dataset, decimals, seed)
    joblib.dump(estimator, folder / MODEL)
    write_text(folder / PAYLOADS, "".join(to_body(row) + "\n" for row in rows))
    answers = to_answers(estimator, rows[::GOLDEN_STEP], dataset.is_classification)
    write_text(folder / GOLDEN, "".join(json.dumps(answer) + "\n" for answer in answers))
    manifest = {
        "definition": definition.model_dump(mode="json"),
        "seed": seed,
        "decimals": decimals,
        "is_classification": dataset.is_classification,
        "n_features": int(dataset.features.shape[1]),
        "classes": [int(label) for label in np.unique(dataset.target)] if dataset.is_classification else None,
        "held_out": {"metric": "accuracy" if dataset.is_classification else "r2", "value": quality},
        "sha256": {name: sha256_file(folder / name) for name in (MODEL, PAYLOADS, GOLDEN)},
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    write_json(folder / MANIFEST, manifest)
    return manifest
