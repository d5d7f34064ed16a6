"""What the compiled inference says of an estimator that it cannot take."""

import joblib
import numpy as np
import pandas as pd
import pytest
from servebench.build.request import Unavailable
from servebench.compiled.source import write_source
from servebench.model.contract import ModelContract
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PowerTransformer
from support.own_models import make_own_model, save_churn, save_model

X = pd.DataFrame(np.random.default_rng(1).normal(size=(40, 2)), columns=["a", "b"])
IS_HIGH = (X["a"] > 0).to_numpy()


@pytest.mark.parametrize(
    ("estimator", "target", "reason"),
    [
        (KNeighborsClassifier(), IS_HIGH.astype(int), "has no KNeighborsClassifier"),
        (make_pipeline(PCA(1), LogisticRegression()), IS_HIGH.astype(int), "has no PCA (step 'pca')"),
        (
            make_pipeline(make_column_transformer((PowerTransformer(), ["a"])), LogisticRegression()),
            IS_HIGH.astype(int),
            "has no PowerTransformer (step 'powertransformer')",
        ),
        (
            LogisticRegression(),
            np.where(IS_HIGH, "yes", "no"),
            "has labels that are whole numbers, and one here is 'no'",
        ),
        (LogisticRegression(), IS_HIGH, "has labels that are whole numbers, and one here is False"),
        (LinearRegression(), X.to_numpy(), "has one output, and this model several"),
        (RandomForestRegressor(2), X.to_numpy(), "has one output, and this model several"),
    ],
)
def test_the_step_that_cannot_is_named_with_the_inference_that_can(tmp_path, estimator, target, reason):
    folder = make_own_model(save_model(tmp_path / "files", estimator.fit(X, target), X), tmp_path / "model")
    with pytest.raises(Unavailable) as caught:
        write_source(estimator, ModelContract.read(folder), "x", tmp_path)
    assert caught.value.reason == f"the compiled inference {reason}"
    assert caught.value.remedy.startswith("measure systems with inference sklearn, which takes it; ")


def test_an_imputer_of_texts_is_told_from_one_of_numbers(tmp_path):
    cities = pd.DataFrame({"city": ["Berlin", None, "Rome", "Rome"] * 10})
    encode = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    estimator = make_pipeline(encode, LogisticRegression()).fit(cities, IS_HIGH.astype(int))
    folder = make_own_model(save_model(tmp_path / "files", estimator, cities), tmp_path / "model")
    with pytest.raises(Unavailable, match=r"has no SimpleImputer of texts \(step 'simpleimputer'\)"):
        write_source(estimator, ModelContract.read(folder), "x", tmp_path)


def test_columns_that_are_no_numbers_are_named(tmp_path):
    folder = make_own_model(save_churn(tmp_path / "files"), tmp_path / "model")
    contract = ModelContract.read(folder)
    with pytest.raises(Unavailable, match=r"has no OneHotEncoder of texts \(step 'texts'\)"):
        write_source(joblib.load(folder / "model.joblib"), contract, "x", tmp_path)
    with pytest.raises(Unavailable, match="takes numbers, and column 'plan' is text or null"):
        write_source(LogisticRegression().fit(X, IS_HIGH), contract, "x", tmp_path)


def test_another_order_than_the_trainings_is_refused(tmp_path):
    estimator = LogisticRegression().fit(X[["b", "a"]], IS_HIGH.astype(int))
    folder = make_own_model(save_model(tmp_path / "files", estimator, X), tmp_path / "model")
    with pytest.raises(Unavailable, match="in the order of the training"):
        write_source(estimator, ModelContract.read(folder), "x", tmp_path)
