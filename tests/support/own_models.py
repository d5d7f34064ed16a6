"""A user's own model: a pipeline on numbers, texts, booleans and missing values, with labels that are words."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import skl2onnx
from servebench.model.definition import ModelFile
from servebench.model.read import read_model
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ROWS = 120
# Each tenth is a golden answer, which an estimator is asked for by itself.
PAYLOADS = 300


def churn_table() -> pd.DataFrame:
    """Customers: two columns of numbers, one of them with missing values, one of texts, one of booleans."""
    dice = np.random.default_rng(7)
    age = np.round(dice.uniform(18, 90, ROWS), 1)
    age[::9] = np.nan
    return pd.DataFrame(
        {
            "age": age,
            "plan": np.where(dice.random(ROWS) < 0.1, None, dice.choice(["basic", "plus", "große"], ROWS)),
            "is_member": dice.random(ROWS) < 0.5,
            "calls": dice.integers(0, 30, ROWS),
        }
    )


def churn_pipeline(table: pd.DataFrame, unknown: str = "ignore") -> Any:
    """The fitted pipeline; `unknown` is what its encoder does with a text that it has not seen."""
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "calls"]),
            ("texts", OneHotEncoder(handle_unknown=unknown), ["plan"]),
            ("flags", "passthrough", ["is_member"]),
        ]
    )
    labels = np.where(table["calls"] + 10 * table["is_member"] > 20, "leaves", "stays")
    return make_pipeline(prepare, LogisticRegression()).fit(table, labels)


def save_churn(folder: Path) -> ModelFile:
    """Write the sample as CSV, and the pipeline that was trained on it."""
    folder.mkdir(parents=True, exist_ok=True)
    sample, path = folder / "churn.csv", folder / "churn.joblib"
    churn_table().to_csv(sample, index=False)
    joblib.dump(churn_pipeline(pd.read_csv(sample)), path)
    return ModelFile(path=str(path), sample=str(sample))


def save_model(folder: Path, estimator: Any, sample: pd.DataFrame) -> ModelFile:
    """Write any estimator and its sample."""
    folder.mkdir(parents=True, exist_ok=True)
    definition = ModelFile(path=str(folder / "model.joblib"), sample=str(folder / "sample.csv"))
    joblib.dump(estimator, definition.path)
    sample.to_csv(definition.sample, index=False)
    return definition


def save_holed(folder: Path) -> ModelFile:
    """Write a classifier of numbers, some of which are missing, and of whether one is."""
    dice = np.random.default_rng(11)
    table = pd.DataFrame(np.round(dice.normal(size=(ROWS, 4)), 2), columns=["a", "b", "c", "d"])
    labels = (table["a"] + table["b"] > 0).astype(int)
    holed = table.assign(b=table["b"].mask(dice.random(ROWS) < 0.3), d=table["d"].mask(dice.random(ROWS) < 0.1))
    estimator = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), LogisticRegression())
    return save_model(folder, estimator.fit(holed, labels), holed)


def save_onnx(folder: Path) -> ModelFile:
    """Write a scaled logistic regression as ONNX, with probabilities as maps, and a sample of numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    definition = ModelFile(path=str(folder / "m.onnx"), sample=str(folder / "m.csv"))
    table = churn_table()[["calls"]].assign(weight=np.linspace(1, 9, ROWS))
    estimator = make_pipeline(StandardScaler(), LogisticRegression())
    estimator.fit(table.to_numpy(), np.where(table["calls"] > 15, "leaves", "stays"))
    Path(definition.path).write_bytes(skl2onnx.to_onnx(estimator, table.to_numpy(np.float32)).SerializeToString())
    table.to_csv(definition.sample, index=False)
    return definition


def make_own_model(definition: ModelFile, folder: Path) -> Path:
    """The folder that a study makes of it."""
    read_model(definition, "data", 1, folder, PAYLOADS)
    return folder
