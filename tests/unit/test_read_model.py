"""From a user's file to a model's folder, and what is said of a file that cannot become one."""

import json
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from servebench.errors import ServebenchError
from servebench.model.contract import ModelContract
from servebench.model.definition import ModelFile
from servebench.model.read import read_model
from servebench.words import ColumnType
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC
from support.own_models import PAYLOADS, churn_pipeline, make_own_model, save_churn, save_model

DICE = np.random.default_rng(3)
NUMBERS = pd.DataFrame(np.round(DICE.normal(size=(60, 3)), 2), columns=["a", "b", "c"])
IS_HIGH = (NUMBERS["a"] + NUMBERS["b"] > 0).to_numpy()


def lines(folder, name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def churn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("churn")
    return make_own_model(save_churn(folder / "files"), folder / "model")


def test_the_manifest_holds_the_contract(churn):
    contract = ModelContract.read(churn)
    assert [(c.name, c.type, c.has_null) for c in contract.columns] == [
        ("age", ColumnType.NUMBER, True),
        ("plan", ColumnType.TEXT, True),
        ("is_member", ColumnType.BOOLEAN, False),
        ("calls", ColumnType.NUMBER, False),
    ]
    assert contract.trained_on == ("age", "plan", "is_member", "calls")
    assert contract.classes == ("leaves", "stays")
    assert contract.predicts_most_probable
    assert contract.takes_largest


def test_golden_answers_are_the_estimators_own(churn):
    bodies, golden = lines(churn, "payloads.jsonl"), lines(churn, "golden.jsonl")
    assert (len(bodies), len(golden)) == (PAYLOADS, PAYLOADS // 10)
    estimator = joblib.load(churn / "model.joblib")
    frame = pd.DataFrame([body["features"] for body in bodies[::10]], columns=["age", "plan", "is_member", "calls"])
    frame["age"] = frame["age"].astype(float)
    assert [answer["prediction"] for answer in golden] == estimator.predict(frame).tolist()
    told = np.array([answer["probabilities"] for answer in golden])
    assert np.allclose(told, estimator.predict_proba(frame), rtol=0, atol=1e-12)


def test_a_second_reading_writes_the_same_bytes(churn, tmp_path):
    definition = ModelFile.model_validate(json.loads((churn / "manifest.json").read_text())["definition"])
    again = make_own_model(definition, tmp_path)
    for name in ("manifest.json", "payloads.jsonl", "golden.jsonl", "model.joblib"):
        assert (again / name).read_bytes() == (churn / name).read_bytes()


def test_an_estimator_is_asked_as_it_was_trained_without_a_warning(tmp_path):
    by_name = LogisticRegression().fit(NUMBERS[["c", "a", "b"]], IS_HIGH)
    by_place = LogisticRegression().fit(NUMBERS.to_numpy(), IS_HIGH)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named = make_own_model(save_model(tmp_path / "x", by_name, NUMBERS), tmp_path / "named")
        placed = make_own_model(save_model(tmp_path / "y", by_place, NUMBERS), tmp_path / "placed")
    # Features travel in the sample's order, whichever the training had.
    assert ModelContract.read(named).trained_on == ("c", "a", "b")
    assert [column.name for column in ModelContract.read(named).columns] == ["a", "b", "c"]
    assert ModelContract.read(placed).trained_on is None
    pairs = zip(lines(named, "golden.jsonl"), lines(placed, "golden.jsonl"), strict=True)
    assert all(left["prediction"] == right["prediction"] for left, right in pairs)


@pytest.mark.parametrize(
    ("estimator", "target", "prediction", "classes"),
    [
        (RandomForestClassifier(3), np.where(IS_HIGH, "yes", "no"), str, ("no", "yes")),
        (RandomForestClassifier(3), IS_HIGH, bool, (False, True)),
        (RandomForestClassifier(3), IS_HIGH.astype(int), int, (0, 1)),
        (SVC(), IS_HIGH.astype(int), int, None),
        (IsolationForest(n_estimators=3), None, int, None),
        (KMeans(2, n_init=1), None, int, None),
        (LinearRegression(), NUMBERS["c"].to_numpy(), float, None),
        (LinearRegression(), NUMBERS[["a", "c"]].to_numpy(), list, None),
        (RandomForestClassifier(3), np.stack([IS_HIGH, ~IS_HIGH], axis=1), list, None),
    ],
)
def test_labels_numbers_and_arrays_are_answered(tmp_path, estimator, target, prediction, classes):
    estimator.fit(NUMBERS, target)
    folder = make_own_model(save_model(tmp_path / "files", estimator, NUMBERS), tmp_path / "model")
    answers = lines(folder, "golden.jsonl")
    assert {type(answer["prediction"]) for answer in answers} == {prediction}
    assert {tuple(answer) for answer in answers} == {("prediction", "probabilities") if classes else ("prediction",)}
    assert ModelContract.read(folder).classes == classes


def test_a_threshold_that_is_not_a_half_is_known(tmp_path):
    estimator = FixedThresholdClassifier(LogisticRegression(), threshold=0.9).fit(NUMBERS, IS_HIGH)
    folder = make_own_model(save_model(tmp_path / "files", estimator, NUMBERS), tmp_path / "model")
    assert not ModelContract.read(folder).predicts_most_probable


def test_an_estimator_that_refuses_the_largest_number_is_known(tmp_path):
    kinds = pd.DataFrame({"kind": [1, 2, 3] * 5})
    estimator = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(kinds, [0, 1, 1] * 5)
    folder = make_own_model(save_model(tmp_path / "files", estimator, kinds), tmp_path / "model")
    assert not ModelContract.read(folder).takes_largest


def test_uniform_and_recorded_payloads_are_answered(tmp_path):
    definition = save_churn(tmp_path / "files")
    uniform = definition.model_copy(update={"payloads": "uniform"})
    assert len(lines(make_own_model(uniform, tmp_path / "uniform"), "golden.jsonl")) == PAYLOADS // 10
    recorded = tmp_path / "requests.jsonl"
    recorded.write_text('{"features":[31,"basic",true,4]}\n' * 11)
    replay = ModelFile.model_validate({**definition.model_dump(), "payloads": {"replay": str(recorded)}})
    folder = make_own_model(replay, tmp_path / "replay")
    assert (folder / "payloads.jsonl").read_text() == recorded.read_text()
    assert len(lines(folder, "golden.jsonl")) == 2


def with_column(**values):
    return NUMBERS.assign(**values)


FITTED = LogisticRegression().fit(NUMBERS, IS_HIGH)
UNNAMED = LogisticRegression().fit(NUMBERS.to_numpy(), IS_HIGH)
LINES = [
    (LogisticRegression(), NUMBERS, "model.joblib is not fitted: save the estimator after its fit"),
    (PCA(2).fit(NUMBERS), NUMBERS, "model.joblib holds no estimator but a PCA"),
    (FITTED, NUMBERS[["a"]], "lacks columns of the model, 'b', 'c': add them"),
    (FITTED, with_column(d=1, e=2), "has columns that the model was not trained on, 'd', 'e': leave them out"),
    (UNNAMED, with_column(d=1), "has 4 columns, the model was trained on 3"),
    (FITTED, with_column(b=[None, *NUMBERS["b"][1:]]), "takes no missing values, which the sample has in 'b'"),
    (FITTED, with_column(b="x"), "takes numbers where the sample has texts in 'b'"),
]


@pytest.mark.parametrize(("estimator", "sample", "words"), LINES)
def test_a_model_that_does_not_fit_its_sample_is_one_line(tmp_path, estimator, sample, words):
    with pytest.raises(ServebenchError) as caught:
        read_model(save_model(tmp_path, estimator, sample), "data", 1, tmp_path / "model")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "model").exists()


def test_a_sample_of_another_type_names_the_estimators_words(tmp_path):
    definition = save_churn(tmp_path)
    table = pd.read_csv(definition.sample)
    joblib.dump(churn_pipeline(table, unknown="error"), definition.path)
    table.assign(plan="unheard of").to_csv(definition.sample, index=False)
    with pytest.raises(ServebenchError, match=r"does not take the sample \(ValueError: Found unknown categories"):
        read_model(definition, "data", 1, tmp_path / "model")
