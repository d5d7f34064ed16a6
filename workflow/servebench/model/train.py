"""Training: from a model's definition to its folder."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split

from servebench.answers import GOLDEN_STEP
from servebench.model.answers import predicts_most_probable, to_answers
from servebench.model.contract import ModelContract
from servebench.model.datasets import load_dataset
from servebench.model.definition import TrainedModel
from servebench.model.estimators import make_estimator
from servebench.model.folder import write_folder
from servebench.model.payloads import draw_inputs, to_body
from servebench.paths import MODEL

HELD_OUT_SHARE = 0.25


def train(definition: TrainedModel, decimals: str, seed: int, folder: Path) -> dict[str, Any]:
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

    classes = tuple(np.unique(dataset.target).tolist()) if dataset.is_classification else None
    contract = ModelContract.of_numbers(dataset.names, classes=classes)
    rows = draw_inputs(dataset, decimals, seed)
    golden = to_answers(estimator, contract, rows[::GOLDEN_STEP].tolist())
    if classes is not None and not predicts_most_probable(golden, classes):
        contract = contract.model_copy(update={"predicts_most_probable": False})
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(estimator, folder / MODEL)
    facts = {
        "definition": definition.model_dump(mode="json"),
        "seed": seed,
        "decimals": decimals,
        "held_out": {"metric": "accuracy" if dataset.is_classification else "r2", "value": quality},
    }
    return write_folder(folder, contract, [to_body(row) for row in rows], golden, facts)
