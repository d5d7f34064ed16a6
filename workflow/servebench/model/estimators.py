"""From a model's definition to an unfitted scikit-learn estimator."""

from typing import Any

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from servebench.errors import ServebenchError
from servebench.model.definition import TrainedModel

CLASSIFIERS: dict[str, Any] = {
    "gradient_boosting": GradientBoostingClassifier,
    "random_forest": RandomForestClassifier,
    "extra_trees": ExtraTreesClassifier,
    "histogram_boosting": HistGradientBoostingClassifier,
    "logistic_regression": LogisticRegression,
}
REGRESSORS: dict[str, Any] = {
    "gradient_boosting": GradientBoostingRegressor,
    "random_forest": RandomForestRegressor,
    "extra_trees": ExtraTreesRegressor,
    "histogram_boosting": HistGradientBoostingRegressor,
    "ridge": Ridge,
}


def make_estimator(definition: TrainedModel, is_classification: bool, seed: int) -> Any:
    """An unfitted, seeded estimator; raises ServebenchError where data set and estimator do not fit."""
    table = CLASSIFIERS if is_classification else REGRESSORS
    if definition.estimator not in table:
        task = "classification" if is_classification else "regression"
        raise ServebenchError(
            f"model: {definition.estimator} cannot be trained on {definition.dataset} ({task}); "
            f"estimators for it: {', '.join(table)}"
        )
    parameters: dict[str, Any] = {"random_state": seed, **definition.parameters}
    if definition.estimator == "logistic_regression":
        parameters.setdefault("max_iter", 1000)
    try:
        estimator = table[definition.estimator](**parameters)
    except TypeError as error:
        raise ServebenchError(f"model: parameters of {definition.estimator}: {error}") from None
    return make_pipeline(StandardScaler(), estimator) if definition.scale else estimator
