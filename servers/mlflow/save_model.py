"""Saves an estimator as MLflow's folder of a model, as its documentation shows it."""

import shutil
import sys
from pathlib import Path

import joblib
import mlflow.sklearn


def main() -> None:
    """Make the folder; it is there only once it is whole."""
    model, folder = Path(sys.argv[1]), Path(sys.argv[2])
    unfinished = folder.with_name(f"{folder.name}-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    mlflow.sklearn.save_model(
        joblib.load(model / "model.joblib"),
        unfinished,
        # The file is a pickle already; skops, the default, refuses estimators of trees.
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
        # Named here: MLflow would start the model to find what it imports.
        pip_requirements=["scikit-learn"],
    )
    unfinished.rename(folder)


if __name__ == "__main__":
    main()
