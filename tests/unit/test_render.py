import json
import math

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.model.answers import to_answers
from servebench.model.contract import ModelContract
from servebench.model.definition import ModelFile
from servebench.model.read import read_model
from servebench.protocol import description, render
from servebench.protocol.render import group
from servebench.protocol.wire import Wire
from servebench.words import BuildStatus
from sklearn.linear_model import LinearRegression, LogisticRegression
from support.own_models import make_own_model, save_churn, save_model

ROWS = 40
TABLE = pd.DataFrame(
    {"b": np.arange(ROWS) % 7 / 4, "a": np.arange(ROWS) % 5, "c": np.round(np.linspace(-1, 1, ROWS), 3)}
)
LABELS = np.where(TABLE["a"] > 2, "high", np.where(TABLE["b"] > 1, "mid", "low"))


def model_of(folder, estimator, sample=TABLE, payloads="sample"):
    """The folder of a fitted estimator, with as many payloads as its sample has rows."""
    files = save_model(folder / "files", estimator, sample)
    definition = ModelFile.model_validate({**files.model_dump(), "payloads": payloads})
    read_model(definition, "data", 1, folder / "model", ROWS)
    return folder / "model"


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """Three labels that are words; it was trained on an array."""
    estimator = LogisticRegression().fit(TABLE.to_numpy(), LABELS)
    return model_of(tmp_path_factory.mktemp("classifier"), estimator)


@pytest.fixture(scope="module")
def regressor(tmp_path_factory):
    """Two outputs; it was trained on a frame whose columns stand in another order than the sample's."""
    columns = ["a", "b", "c"]
    estimator = LinearRegression().fit(TABLE[columns], TABLE[["a", "c"]].to_numpy() * 1.5)
    return model_of(tmp_path_factory.mktemp("regressor"), estimator)


def rendered(model, name, rows, folder):
    """A wire with its bodies and golden answers read."""
    assert render.render(model, name, rows, folder) is None
    wire = Wire.read(folder)
    bodies, golden = (
        [json.loads(line) for line in path.read_text().splitlines()] for path in (wire.payloads, wire.golden)
    )
    assert (wire.bodies, len(golden)) == (len(bodies), math.ceil(len(bodies) / 10))
    return wire, bodies, golden


def features(model):
    """The rows of a model's pool."""
    return [json.loads(line)["features"] for line in (model / "payloads.jsonl").read_text().splitlines()]


def answers(model, rows):
    """What the estimator itself says."""
    return to_answers(joblib.load(model / "model.joblib"), ModelContract.read(model), rows)


def test_one_row_of_our_own_protocol_is_the_models_own_to_the_byte(tmp_path):
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text("".join(f'{{ "features" : [{n}.50, 1e0,-0.0] }}\n' for n in range(25)))
    estimator = LinearRegression().fit(TABLE.to_numpy(), TABLE["a"])
    model = model_of(tmp_path, estimator, payloads={"replay": str(recorded)})
    wire, _, golden = rendered(model, "servebench", 1, tmp_path / "wire")
    assert wire.payloads.read_bytes() == recorded.read_bytes()
    assert golden == [{"": json.loads(line)} for line in (model / "golden.jsonl").read_text().splitlines()]
    assert wire.golden.read_text().replace('{"": ', "").replace("}}", "}") == (model / "golden.jsonl").read_text()
    assert (wire.method, wire.path, wire.headers) == ("POST", "/predict", {"Content-Type": "application/json"})


def test_several_rows_of_our_own_protocol(classifier, tmp_path):
    _, bodies, golden = rendered(classifier, "servebench", 16, tmp_path)
    pool = features(classifier)
    assert bodies[:2] == [{"rows": pool[:16]}, {"rows": pool[16:32]}]
    # On around the pool's end, until the bodies would repeat.
    assert bodies[2] == {"rows": [*pool[32:], *pool[:8]]}
    assert len(bodies) == 5
    told = answers(classifier, pool[:16])
    assert golden[0][""]["predictions"] == [answer["prediction"] for answer in told]
    assert golden[0][""]["probabilities"] == [answer["probabilities"] for answer in told]


def test_the_open_inference_protocol_is_flat(classifier, tmp_path):
    _, bodies, golden = rendered(classifier, "open-inference", 4, tmp_path)
    pool = features(classifier)
    (tensor,) = bodies[0]["inputs"]
    assert tensor["data"] == [value for row in pool[:4] for value in row]
    assert (tensor["shape"], tensor["datatype"]) == ([4, 3], "FP64")
    assert [output["name"] for output in bodies[0]["outputs"]] == ["predict", "predict_proba"]
    told = answers(classifier, pool[:4])
    assert golden[0]["/outputs/0/data"] == [answer["prediction"] for answer in told]
    assert golden[0]["/outputs/1/data"] == [value for answer in told for value in answer["probabilities"]]


def test_a_model_without_probabilities_is_asked_for_none_in_its_own_order_of_columns(regressor, tmp_path):
    _, bodies, golden = rendered(regressor, "open-inference", 1, tmp_path)
    b, a, c = features(regressor)[0]
    assert bodies[0] == {"inputs": [{"name": "rows", "shape": [1, 3], "datatype": "FP64", "data": [a, b, c]}]}
    (answer,) = answers(regressor, features(regressor)[:1])
    assert golden[0] == {"/outputs/0/data": answer["prediction"]}
    assert len(answer["prediction"]) == 2


def test_mlflow_gets_a_frame_where_the_model_was_trained_on_one(classifier, regressor, tmp_path):
    _, bodies, golden = rendered(regressor, "mlflow", 2, tmp_path / "frame")
    order = [[a, b, c] for b, a, c in features(regressor)[:2]]
    assert bodies[0] == {"dataframe_split": {"columns": ["a", "b", "c"], "data": order}}
    assert golden[0] == {
        "/predictions": [answer["prediction"] for answer in answers(regressor, features(regressor)[:2])]
    }
    _, bodies, _ = rendered(classifier, "mlflow", 2, tmp_path / "array")
    assert bodies[0] == {"inputs": features(classifier)[:2]}


@pytest.mark.parametrize(("name", "key"), [("instances", "instances"), ("bentoml", "input_data")])
def test_rows_under_a_name(classifier, tmp_path, name, key):
    _, bodies, golden = rendered(classifier, name, 2, tmp_path)
    assert bodies[0] == {key: features(classifier)[:2]}
    told = [answer["prediction"] for answer in answers(classifier, features(classifier)[:2])]
    assert golden[0] == {("/predictions" if name == "instances" else ""): told}


def test_records_one_value_each_and_numbers_of_classes(classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(description, "PROTOCOLS", tmp_path)
    (tmp_path / "theirs.yaml").write_text("""
title: theirs
path: /ask
method: PUT
headers: {X-Key: k}
one_row: {body: "{record}", answer: {/class: "{class_index}"}}
many_rows:
  body: {items: "{records}", names: "{columns}", n: "{n_rows}", width: "{n_columns}", fixed: [1, null, x]}
  answer: {"/items/{index}/label": "{prediction}"}
  with_probabilities: {answer: {"/items/{index}": {label: "{prediction}", p: "{probabilities}"}}}
""")
    pool = features(classifier)
    records = [{"b": b, "a": a, "c": c} for b, a, c in pool]
    wire, bodies, golden = rendered(classifier, "theirs", 1, tmp_path / "one")
    assert (wire.method, wire.headers) == ("PUT", {"X-Key": "k"})
    assert bodies[0] == records[0]
    told = answers(classifier, pool[:2])
    assert golden[0] == {"/class": ["high", "low", "mid"].index(told[0]["prediction"])}
    _, bodies, golden = rendered(classifier, "theirs", 2, tmp_path / "two")
    names = ["b", "a", "c"]
    assert bodies[0] == {"items": records[:2], "names": names, "n": 2, "width": 3, "fixed": [1, None, "x"]}
    expected = [{"label": answer["prediction"], "p": answer["probabilities"]} for answer in told]
    assert golden[0] == {f"/items/{row}": value for row, value in enumerate(expected)}


def test_what_a_protocol_cannot_carry_is_told_with_its_column(tmp_path):
    model = make_own_model(save_churn(tmp_path / "files"), tmp_path / "model")
    reason = render.render(model, "open-inference", 1, tmp_path / "wire")
    assert reason == "the protocol open-inference carries no null, which column 'age' holds"
    manifest = json.loads((tmp_path / "wire" / "manifest.json").read_text())
    assert manifest["status"] == BuildStatus.UNAVAILABLE
    assert manifest["remedy"] == "use one that does: mlflow, servebench"
    assert (tmp_path / "wire" / "payloads.jsonl").read_text() == ""
    _, bodies, _ = rendered(model, "mlflow", 1, tmp_path / "mlflow")
    assert bodies[0]["dataframe_split"]["data"] == features(model)[:1]


def test_a_protocol_of_one_row_and_a_model_without_classes_are_told(regressor, tmp_path, monkeypatch):
    monkeypatch.setattr(description, "PROTOCOLS", tmp_path)
    (tmp_path / "x.yaml").write_text('title: x\npath: /x\none_row: {body: ["{row}"], answer: {"": "{class_index}"}}\n')
    assert render.render(regressor, "x", 1, tmp_path / "wire") == (
        "the protocol x answers with the number of a class, and the model has none"
    )
    assert render.render(regressor, "x", 2, tmp_path / "wire") == "the protocol x takes one row a request"


@given(st.integers(1, 60), st.integers(1, 40), st.integers(1, 100))
def test_bodies_hold_each_row_of_the_pool_equally_often_before_they_repeat(size, rows, most):
    bodies = group([[n] for n in range(size)], rows, most)
    flat = [value for body in bodies for (value,) in body]
    assert flat == [n % size for n in range(len(flat))]
    assert all(len(body) == rows for body in bodies)
    assert len(bodies) <= most
    if len(bodies) < most:
        assert len(flat) % size == 0
        assert len({tuple(map(tuple, body)) for body in bodies}) == len(bodies)


def test_more_rows_than_a_servers_body_holds_are_not_sent(classifier, tmp_path):
    reason = render.render(classifier, "servebench", 100_000, tmp_path)
    longest = max(len(line) for line in (classifier / "payloads.jsonl").read_text().splitlines())
    assert reason.startswith("100,000 rows a request are up to ")
    assert reason.endswith(" MiB, and a server takes 1 MiB")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["status"] == BuildStatus.UNAVAILABLE
    assert manifest["remedy"] == f"give at most {2**20 // longest:,} rows"
