"""A model as ONNX: what is converted and what not, what an .onnx file may be, and when float32 is too far away."""

import json

import numpy as np
import pandas as pd
import pytest
import skl2onnx
from onnx import TensorProto, helper
from servebench.build.request import Unavailable
from servebench.check.float32 import float32_failures
from servebench.compiled.compile import compile_model
from servebench.errors import ServebenchError
from servebench.model.contract import ModelContract
from servebench.model.definition import ModelFile
from servebench.model.read import read_model
from servebench.onnx.convert import convert_model
from servebench.onnx.only import require_taken
from servebench.onnx.parity import compare
from servebench.words import Inference
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from support.own_models import PAYLOADS, make_own_model, save_churn, save_model

DICE = np.random.default_rng(3)
NUMBERS = pd.DataFrame(np.round(DICE.normal(size=(60, 3)), 2), columns=["a", "b", "c"])
IS_HIGH = (NUMBERS["a"] + NUMBERS["b"] > 0).to_numpy()
LABELS = np.where(IS_HIGH, "yes", "no")


def golden(folder):
    return [json.loads(line) for line in (folder / "golden.jsonl").read_text().splitlines()]


def square(values):
    return values**2


def test_what_has_no_operator_is_named_with_its_step_and_the_kind_that_takes_it(tmp_path):
    pipeline = make_pipeline(StandardScaler(), FunctionTransformer(square), LogisticRegression()).fit(NUMBERS, IS_HIGH)
    model = make_own_model(save_model(tmp_path / "files", pipeline, NUMBERS), tmp_path / "model")
    manifest = convert_model(model, model / "onnx", 1)
    assert manifest["status"] == "unavailable"
    assert "FunctionTransformer" in manifest["reason"]
    assert "inference sklearn" in manifest["remedy"]
    # Its folder is a model's folder all the same.
    assert golden(model / "onnx") == golden(model)
    assert ModelContract.read(model / "onnx") == ModelContract.read(model)


def test_missing_texts_are_not_sent(tmp_path):
    model = make_own_model(save_churn(tmp_path / "files"), tmp_path / "model")
    reason = convert_model(model, model / "onnx", 1)["reason"]
    assert reason == "the onnx inference takes texts without null, and column 'plan' is text or null"


def saved(folder, content, sample=NUMBERS):
    folder.mkdir(parents=True, exist_ok=True)
    definition = ModelFile(path=str(folder / "m.onnx"), sample=str(folder / "m.csv"))
    (folder / "m.onnx").write_bytes(content)
    sample.to_csv(definition.sample, index=False)
    return definition


def classifier(labels, inputs=None, zipmap=True):
    """As skl2onnx writes it."""
    scaled = make_column_transformer((StandardScaler(), [0, 1, 2]))
    estimator = make_pipeline(scaled, LogisticRegression()).fit(NUMBERS.to_numpy(), labels)
    model = skl2onnx.convert_sklearn(
        estimator,
        initial_types=inputs or [("X", FloatTensorType([None, 3]))],
        options={id(estimator): {"zipmap": zipmap}},
    )
    return estimator, model.SerializeToString()


@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize("labels", [LABELS, IS_HIGH.astype(int)], ids=["texts", "numbers"])
def test_a_classifier_in_an_onnx_file_answers_with_its_probabilities(tmp_path, labels, zipmap):
    estimator, content = classifier(labels, zipmap=zipmap)
    definition = saved(tmp_path, content)
    assert read_model(definition, "data", 1, tmp_path / "model", PAYLOADS).endswith("which runs no code")
    contract = ModelContract.read(tmp_path / "model")
    assert contract.classes == tuple(estimator.classes_.tolist())
    rows = [json.loads(line)["features"] for line in (tmp_path / "model/payloads.jsonl").read_text().splitlines()[::10]]
    answers = golden(tmp_path / "model")
    assert [answer["prediction"] for answer in answers] == estimator.predict(rows).tolist()
    assert np.allclose([answer["probabilities"] for answer in answers], estimator.predict_proba(rows), atol=1e-5)
    manifest = convert_model(tmp_path / "model", tmp_path / "model/onnx", 1)
    assert manifest["parity"]["largest_difference"] == 0
    assert golden(tmp_path / "model/onnx") == answers


def test_one_input_a_column_is_asked_by_name(tmp_path):
    _, content = classifier(LABELS, [(name, FloatTensorType([None, 1])) for name in "abc"])
    read_model(saved(tmp_path, content, NUMBERS[["c", "a", "b"]]), "data", 1, tmp_path / "model", PAYLOADS)
    contract = ModelContract.read(tmp_path / "model")
    assert contract.trained_on == ("a", "b", "c")
    assert convert_model(tmp_path / "model", tmp_path / "onnx", 1)["onnx"]["inputs"] == [
        {"name": "a", "dtype": "float32", "places": [1]},
        {"name": "b", "dtype": "float32", "places": [2]},
        {"name": "c", "dtype": "float32", "places": [0]},
    ]


def product(shape, weights):
    """A model that is one product of matrices, as other libraries export them."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, shape)],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, [None, len(weights[0])])],
        [helper.make_tensor("w", TensorProto.DOUBLE, [len(weights), len(weights[0])], np.ravel(weights))],
    )
    opset = [helper.make_opsetid("", 21)]
    return helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()


def test_a_plain_tensor_is_a_number_or_an_array(tmp_path):
    read_model(saved(tmp_path / "x", product([None, 3], [[1], [2], [3]])), "data", 1, tmp_path / "one", PAYLOADS)
    assert {type(answer["prediction"]) for answer in golden(tmp_path / "one")} == {float}
    weights = [[1, 0], [0, 1], [0, 0]]
    read_model(saved(tmp_path / "y", product([None, None], weights)), "data", 1, tmp_path / "two", PAYLOADS)
    features = json.loads((tmp_path / "two/payloads.jsonl").read_text().splitlines()[0])["features"]
    assert golden(tmp_path / "two")[0] == {"prediction": features[:2]}


@pytest.mark.parametrize(
    ("content", "sample", "words"),
    [
        (b"no model", NUMBERS, "does not load"),
        (product([None, 3], [[1], [2], [3]]), NUMBERS[["a"]], "has 1 columns, the model was trained on 3"),
        (product([None], [[1]]), NUMBERS, "a model takes one matrix of shape"),
        (product([None, 3], [[1], [2], [3]]), NUMBERS.assign(b="x"), "takes numbers where the sample has texts in 'b'"),
    ],
    ids=["no model", "another width", "no matrix", "texts"],
)
def test_an_onnx_file_that_does_not_fit_is_one_line(tmp_path, content, sample, words):
    with pytest.raises(ServebenchError) as caught:
        read_model(saved(tmp_path, content, sample), "data", 1, tmp_path / "model", PAYLOADS)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_onnx_takes_an_onnx_file(tmp_path):
    read_model(saved(tmp_path, classifier(LABELS)[1]), "data", 1, tmp_path / "model", PAYLOADS)
    manifest = json.loads((tmp_path / "model/manifest.json").read_text())
    require_taken(manifest, Inference.ONNX)
    with pytest.raises(Unavailable, match=r"the sklearn inference takes no \.onnx file") as caught:
        require_taken(manifest, Inference.SKLEARN)
    assert "inference onnx" in caught.value.remedy
    compiled = compile_model(tmp_path / "model", tmp_path / "compiled", tmp_path / "cache")
    assert compiled["reason"] == "the compiled inference takes no .onnx file"


def test_more_than_one_in_a_thousand_other_answers_is_a_failure():
    expected = [{"prediction": 1, "probabilities": [0.25, 0.75]}] * 1000
    near = [{"prediction": 1, "probabilities": [0.25, 0.75 + 9e-6]}] * 998
    flipped = {"prediction": 0, "probabilities": [0.25, 0.75]}
    beyond = {"prediction": 1, "probabilities": [0.25, 0.75 + 2e-5]}
    enough = compare([*near, flipped, beyond], expected)
    assert (enough.flipped_labels, enough.beyond_tolerance, enough.is_passed) == (1, 1, True)
    assert float32_failures(enough) == []
    too_many = compare([*near, flipped, flipped], expected)
    assert "2 of 1,000 labels flip" in str(float32_failures(too_many)[0])
    assert not compare([*near, beyond, beyond], expected).is_passed


def test_numbers_are_no_labels_and_compared_relatively():
    found = compare(
        [{"prediction": 150.001}, {"prediction": [1.0, 2.0]}], [{"prediction": 150.0}, {"prediction": [1.0, 2.0]}]
    )
    assert (found.flipped_labels, found.beyond_tolerance) == (0, 0)
    assert found.largest_difference == pytest.approx(6.7e-6, rel=0.01)
