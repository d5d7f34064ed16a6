"""How a server asks an estimator, without the server: every kind answers as its golden answers say."""

import json
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from servebench.answers import GOLDEN_STEP, answer_differs, answer_of_rows
from servebench.check.examination import read_lines
from servebench.model.contract import ModelContract
from servebench.model.inputs import to_inputs
from servebench.onnx.convert import convert_model
from servebench.onnx.parity import Float32Parity
from servebench.paths import SERVERS
from servebench.thresholds import FLOAT32_TOLERANCE
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from support.own_models import churn_table, make_own_model, save_model
from support.toolchain import HAS_COMPILER

DICE = np.random.default_rng(3)
X = pd.DataFrame(np.round(DICE.normal(size=(80, 4)), 2), columns=["a", "b", "c", "d"])
HOLED = X.mask(DICE.random(X.shape) < 0.1)
CHURN = churn_table()
LABELS = np.where(X["a"] > 0.4, "high", np.where(X["b"] > 0, "middle", "low"))
IS_HIGH = (X["a"] > 0).to_numpy()
PAIRS = np.stack([IS_HIGH, ~IS_HIGH], axis=1)
VOTERS = [("linear", LogisticRegression()), ("bayes", GaussianNB())]
TEXTS = make_column_transformer((TfidfVectorizer(), "plan"))
MIXED = make_column_transformer(
    (make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OrdinalEncoder()), ["plan"]),
    remainder="passthrough",
)

FILLED = CHURN.dropna()
TEXTS_AND_NUMBERS = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), ["plan"]), (StandardScaler(), ["age", "calls"])
)

KINDS = [
    (CalibratedClassifierCV(LinearSVC(), cv=2), X, LABELS),
    (VotingClassifier(VOTERS), X, LABELS),
    (VotingClassifier(VOTERS, voting="soft"), X.to_numpy(), LABELS),
    (MLPClassifier((4,), max_iter=20), X, LABELS),
    (MLPClassifier((4,), max_iter=20), X, PAIRS.astype(int)),
    (MultiOutputClassifier(LogisticRegression()), X, PAIRS),
    (SVC(), X, LABELS),
    (KNeighborsClassifier(weights="distance"), X, IS_HIGH),
    (KNeighborsRegressor(), X, X[["a", "b"]]),
    (IsolationForest(n_estimators=5), X.to_numpy(), None),
    (HistGradientBoostingClassifier(max_iter=3), HOLED.to_numpy(), LABELS),
    (make_pipeline(KNNImputer(), Ridge()), HOLED, X["a"]),
    (GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2), X, IS_HIGH),
    (make_pipeline(MIXED, HistGradientBoostingClassifier(max_iter=3)), CHURN, CHURN["calls"] > 15),
    (make_pipeline(TEXTS, LogisticRegression()), CHURN[["plan"]].fillna("none"), CHURN["calls"] > 15),
]


@pytest.fixture
def inference(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The FastAPI server's module of that name, as its package imports it."""
    names = ("inference", "columns", "inputs", "limits", "onnx_inference", "problems", "batches")
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    monkeypatch.syspath_prepend(SERVERS / "fastapi")
    import inference

    yield inference
    for name in names:
        sys.modules.pop(name, None)
    sys.modules.update(kept)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("estimator", "sample", "target"), KINDS)
def test_every_kind_of_estimator_is_asked_as_it_was_trained(tmp_path, inference, estimator, sample, target):
    estimator.fit(sample, target)
    table = sample if isinstance(sample, pd.DataFrame) else pd.DataFrame(sample)
    folder = make_own_model(save_model(tmp_path / "files", estimator, table), tmp_path / "model")
    asked = inference.load_inference("sklearn", folder)
    rows = [json.loads(body)["features"] for body in read_lines(folder / "payloads.jsonl")[::GOLDEN_STEP]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answers = [json.loads(json.dumps(asked.predict(row), allow_nan=False)) for row in rows]
        together = json.loads(json.dumps(asked.predict_rows(rows), allow_nan=False))
    golden = [json.loads(text) for text in read_lines(folder / "golden.jsonl")]
    assert not any(map(answer_differs, answers, golden))
    assert not answer_differs(together, answer_of_rows(golden))


@pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
@pytest.mark.parametrize("count", [0, 29, 31])
def test_compiled_code_takes_no_row_of_another_length(cancer_model, inference, count):
    asked = inference.load_inference("compiled", cancer_model / "compiled")
    assert "prediction" in asked.predict([0.5] * 30)
    with pytest.raises(ValueError, match=f"a row has 30 features, not {count}"):
        asked.predict([0.5] * count)


@pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
def test_null_stands_in_compiled_code_only_where_the_sample_has_it(holed_model, inference):
    asked = inference.load_inference("compiled", holed_model / "compiled")
    assert [column.has_null for column in asked.columns] == [False, True, False, True]
    known, unknown = asked.predict([0.5, 0.5, 0.5, 0.5]), asked.predict([0.5, None, 0.5, None])
    assert known["probabilities"] != unknown["probabilities"]
    with pytest.raises(TypeError):
        asked.predict([None, 0.5, 0.5, 0.5])


ONNX_KINDS = [
    (GaussianNB(), X, LABELS),
    (VotingClassifier(VOTERS, voting="soft", flatten_transform=False), X.to_numpy(), IS_HIGH),
    (SVC(), X, LABELS),
    (Ridge(), X[["c", "a"]], X["b"]),
    (KNeighborsRegressor(), X, X[["a", "b"]]),
    (IsolationForest(n_estimators=5), X.to_numpy(), None),
    (HistGradientBoostingClassifier(max_iter=3), HOLED.to_numpy(), LABELS),
    (make_pipeline(TEXTS_AND_NUMBERS, LogisticRegression()), FILLED, FILLED["calls"] > 15),
]


@pytest.mark.parametrize(("estimator", "sample", "target"), ONNX_KINDS)
def test_a_converted_model_is_asked_as_its_golden_answers_say(tmp_path, inference, estimator, sample, target):
    estimator.fit(sample, target)
    table = sample if isinstance(sample, pd.DataFrame) else pd.DataFrame(sample)
    # In another order than that of the training.
    table = table[table.columns[::-1]] if isinstance(sample, pd.DataFrame) else table
    model = make_own_model(save_model(tmp_path / "files", estimator, table), tmp_path / "model")
    manifest = convert_model(model, model / "onnx", 1)
    assert (manifest["status"], manifest.get("reason")) == ("built", None)
    assert Float32Parity.model_validate(manifest["parity"]).is_passed
    asked = inference.load_inference("onnx", model / "onnx")
    rows = [json.loads(body)["features"] for body in read_lines(model / "onnx" / "payloads.jsonl")[::GOLDEN_STEP]]
    answers = [json.loads(json.dumps(asked.predict(row), allow_nan=False)) for row in rows]
    golden = [json.loads(text) for text in read_lines(model / "onnx" / "golden.jsonl")]
    assert not any(map(answer_differs, answers, golden))
    together = json.loads(json.dumps(asked.predict_rows(rows), allow_nan=False))
    assert not answer_differs(together, answer_of_rows(golden), FLOAT32_TOLERANCE)
    assert asked.model_hash == json.loads((model / "manifest.json").read_text())["sha256"]["model.joblib"]


@pytest.mark.parametrize("kind", ["histogram", "lightgbm"])
def test_categories_reach_the_estimator_as_in_the_training(tmp_path, inference, kind):
    city = pd.Categorical(DICE.choice(["Ulm", "Bonn"], 80), categories=["Rom", "Ulm", "Bonn"])
    sample = X[["a"]].assign(city=city)
    sample.loc[::9, "city"] = None
    if kind == "lightgbm":
        boosting = pytest.importorskip("lightgbm").LGBMClassifier(n_estimators=3, min_child_samples=2, verbose=-1)
    else:
        boosting = HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype")
    definition = save_model(tmp_path / "files", boosting.fit(sample, city == "Ulm"), sample)
    table = str(tmp_path / "files" / "sample.parquet")
    sample.to_parquet(table)
    folder = make_own_model(definition.model_copy(update={"sample": table}), tmp_path / "model")
    asked = inference.load_inference("sklearn", folder)
    rows = [json.loads(body)["features"] for body in read_lines(folder / "payloads.jsonl")[::GOLDEN_STEP]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answers = [asked.predict(row) for row in rows]
    golden = [json.loads(text) for text in read_lines(folder / "golden.jsonl")]
    assert not any(map(answer_differs, answers, golden))
    with pytest.raises(ValueError, match="'Köln' is no category of column 'city'"):
        asked.predict([0.5, "Köln"])


def test_a_row_becomes_what_the_package_makes_of_it(tmp_path, inference):
    columns = [{"name": "age", "has_null": True}, {"name": "plan", "type": "text", "has_null": True}]
    columns += [{"name": "is_member", "type": "boolean"}, {"name": "has_paid", "type": "boolean", "has_null": True}]
    trained_on = ["plan", "has_paid", "age", "is_member"]
    contract = ModelContract.model_validate({"columns": columns, "trained_on": trained_on})
    make = inference.input_maker(inference.read_columns({"columns": columns}), trained_on)
    rows = [[31.5, "basic", True, None], [None, None, False, True]]
    for asked in (rows[:1], rows[1:], rows):
        pd.testing.assert_frame_equal(make(asked), to_inputs(contract, asked))


@pytest.mark.parametrize("estimator", [LogisticRegression(), IsolationForest(n_estimators=5)])
def test_requests_that_are_answered_together_are_told_apart(tmp_path, inference, monkeypatch, estimator):
    monkeypatch.syspath_prepend(SERVERS / "mosec")
    import batches

    folder = make_own_model(save_model(tmp_path / "files", estimator.fit(X, LABELS), X), tmp_path / "model")
    asked = inference.load_inference("sklearn", folder)
    rows = X.to_numpy().tolist()[:6]
    requests = [{"rows": rows[:1]}, {"features": rows[1]}, {"rows": rows[2:5]}, {"features": rows[5]}]
    alone = [
        asked.predict_rows(body["rows"]) if "rows" in body else asked.predict(body["features"]) for body in requests
    ]
    assert not any(map(answer_differs, batches.answer_together(asked, requests), alone))
