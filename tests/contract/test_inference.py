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
from servebench.paths import SERVERS
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
from sklearn.preprocessing import OrdinalEncoder
from sklearn.svm import SVC, LinearSVC
from support.own_models import churn_table, make_own_model, save_model

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
    names = ("inference", "columns", "inputs", "limits", "problems")
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


def test_a_row_becomes_what_the_package_makes_of_it(tmp_path, inference):
    columns = [{"name": "age", "has_null": True}, {"name": "plan", "type": "text", "has_null": True}]
    columns += [{"name": "is_member", "type": "boolean"}, {"name": "has_paid", "type": "boolean", "has_null": True}]
    trained_on = ["plan", "has_paid", "age", "is_member"]
    contract = ModelContract.model_validate({"columns": columns, "trained_on": trained_on})
    make = inference.input_maker(inference.read_columns({"columns": columns}), trained_on)
    rows = [[31.5, "basic", True, None], [None, None, False, True]]
    for asked in (rows[:1], rows[1:], rows):
        pd.testing.assert_frame_equal(make(asked), to_inputs(contract, asked))
