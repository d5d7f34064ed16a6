import joblib
import numpy as np
import pandas as pd
import pytest
from servebench.build.request import Unavailable
from servebench.compiled import compile as model_compile
from servebench.compiled.compile import compile_model, prove_parity
from servebench.compiled.library import SHARED_LIBRARY, CompiledModel
from servebench.model.contract import ModelContract
from servebench.model.definition import TrainedModel
from servebench.model.train import train
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from support.own_models import make_own_model, save_churn, save_model
from support.toolchain import HAS_COMPILER

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="no C compiler on this machine")

# Every estimator on every data set that it takes, small, half of them with a scaler in front.
CASES = [
    (dataset, estimator, scale)
    for dataset, estimators in {
        "digits": ["gradient_boosting", "random_forest", "extra_trees", "histogram_boosting", "logistic_regression"],
        "breast_cancer": ["gradient_boosting", "random_forest", "histogram_boosting", "logistic_regression"],
        "diabetes": ["gradient_boosting", "extra_trees", "histogram_boosting", "ridge"],
    }.items()
    for estimator, scale in zip(estimators, [False, True, False, True, True], strict=False)
]
SMALL = {
    "gradient_boosting": {"n_estimators": 5},
    "random_forest": {"n_estimators": 5},
    "extra_trees": {"n_estimators": 3},
    "histogram_boosting": {"max_iter": 5},
}


@pytest.mark.parametrize(("dataset", "estimator", "scale"), CASES)
def test_compiled_answers_equal_scikit_learns_on_the_whole_pool(tmp_path, dataset, estimator, scale):
    definition = TrainedModel(dataset=dataset, estimator=estimator, scale=scale, parameters=SMALL.get(estimator, {}))
    train(definition, "data", 1, tmp_path)
    manifest = compile_model(tmp_path, tmp_path / "compiled", tmp_path / "cache")
    assert manifest["status"] == "built"
    assert manifest["parity"]["inputs"] == 10_000
    assert manifest["parity"]["wrong_labels"] == 0
    assert manifest["parity"]["largest_difference"] <= 1e-12


def test_full_precision_inputs_beside_thresholds_agree_too(tmp_path):
    definition = TrainedModel(dataset="digits", estimator="random_forest", parameters={"n_estimators": 5})
    train(definition, "full", 1, tmp_path)
    assert compile_model(tmp_path, tmp_path / "compiled", tmp_path / "cache")["parity"]["wrong_labels"] == 0


def test_a_library_that_answers_otherwise_is_refused(cancer_model, tmp_path):
    definition = TrainedModel(dataset="breast_cancer", estimator="logistic_regression", parameters={"C": 1e-4})
    train(definition, "data", 1, tmp_path)
    estimator, contract = joblib.load(tmp_path / "model.joblib"), ModelContract.read(tmp_path)
    with pytest.raises(Unavailable) as caught:
        prove_parity(estimator, contract, tmp_path, cancer_model / "compiled" / SHARED_LIBRARY)
    assert "differs from scikit-learn" in caught.value.reason


def test_what_cannot_be_compiled_is_unavailable_with_the_inference_that_can(tmp_path):
    folder = make_own_model(save_churn(tmp_path / "files"), tmp_path / "model")
    manifest = compile_model(folder, folder / "compiled", tmp_path / "cache")
    assert manifest["status"] == "unavailable"
    assert manifest["reason"] == "the compiled inference has no OneHotEncoder of texts (step 'texts')"
    assert "sklearn" in manifest["remedy"]


TABLE = pd.DataFrame(np.random.default_rng(1).normal(size=(120, 3)), columns=["a", "b", "c"]).assign(
    kind=np.arange(120) % 4
)
MIXED = make_column_transformer(
    (make_pipeline(SimpleImputer(), MinMaxScaler()), ["c", "a"]),
    (OneHotEncoder(handle_unknown="ignore", drop="first"), ["kind"]),
    remainder="passthrough",
)


@pytest.mark.parametrize(
    "front",
    [
        [StandardScaler(with_mean=False)],
        [SimpleImputer(strategy="median"), RobustScaler(), StandardScaler(with_std=False)],
        [MaxAbsScaler(), "passthrough"],
        [MIXED],
        [
            make_column_transformer(("drop", ["b"]), (OneHotEncoder(handle_unknown="ignore"), ["kind"])),
            StandardScaler(with_mean=False),
        ],
    ],
)
@pytest.mark.parametrize("core", [LinearRegression(), RandomForestRegressor(3, random_state=1)])
def test_steps_in_front_are_compiled(tmp_path, front, core):
    target = TABLE["a"] - 2 * TABLE["c"] + TABLE["kind"]
    estimator = clone(make_pipeline(*front, core)).fit(TABLE, target)
    definition = save_model(tmp_path / "files", estimator, TABLE).model_copy(update={"payloads": "uniform"})
    folder = make_own_model(definition, tmp_path / "model")
    manifest = compile_model(folder, folder / "compiled", tmp_path / "cache")
    assert manifest["status"] == "built", manifest
    assert manifest["parity"]["largest_difference"] <= 1e-12


HOLED = TABLE.drop(columns="kind").mask(np.random.default_rng(2).random((120, 3)) < 0.3).assign(kind=TABLE["kind"])
KINDS = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["a"]), (SimpleImputer(), ["b", "c", "kind"]))


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), SimpleImputer(add_indicator=True), RandomForestClassifier(3, random_state=1)),
        make_pipeline(SimpleImputer(strategy="constant", fill_value=-1), Ridge()),
        make_pipeline(KINDS, LogisticRegression()),
        HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=3),
        make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=3)),
    ],
)
def test_nulls_are_compiled(tmp_path, estimator):
    sample = HOLED.assign(a=HOLED["a"].round(0))
    target = (TABLE["a"] - 2 * TABLE["c"] > 0).astype(int)
    folder = make_own_model(save_model(tmp_path / "files", estimator.fit(sample, target), sample), tmp_path / "model")
    assert "null" in (folder / "payloads.jsonl").read_text()
    manifest = compile_model(folder, folder / "compiled", tmp_path / "cache")
    assert manifest["status"] == "built", manifest
    assert manifest["parity"]["largest_difference"] <= 1e-12
    library = CompiledModel.load(folder / "compiled" / SHARED_LIBRARY).library
    assert [library.servebench_takes_null(place) for place in range(4)] == [1, 1, 1, 0]


def test_a_compilation_is_shared_between_studies(cancer_model, tmp_path):
    def compiled():
        return {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*")}

    first = compile_model(cancer_model, tmp_path / "one", tmp_path / "cache")
    before = compiled()
    assert compile_model(cancer_model, tmp_path / "two", tmp_path / "cache")["key"] == first["key"]
    assert compiled() == before


def test_without_a_compiler_the_manifest_says_so(cancer_model, tmp_path, monkeypatch):
    monkeypatch.setattr(model_compile, "find_compiler", lambda _: None)
    manifest = compile_model(cancer_model, tmp_path / "compiled", tmp_path / "cache")
    assert manifest["status"] == "unavailable"
    assert "install" in manifest["remedy"]
