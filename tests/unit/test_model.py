import hashlib
import json
from typing import get_args

import numpy as np
import pytest
from servebench.errors import ServebenchError
from servebench.model.datasets import feature_decimals, load_dataset
from servebench.model.definition import TrainedModel
from servebench.model.estimators import CLASSIFIERS, REGRESSORS
from servebench.model.payloads import draw_inputs, to_body
from servebench.model.train import train
from servebench.paths import HASHES
from support.packages import default_config


def hashes(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.is_file()}


@pytest.mark.parametrize("name", ["cancer-logistic", "digits-forest", "diabetes-histogram-boosting"])
def test_a_second_training_writes_the_same_bytes(tmp_path, name):
    definition = default_config().model_catalogue[name]
    for folder in ("one", "two"):
        train(definition, "data", 1, tmp_path / folder)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    assert set(hashes(tmp_path / "one")) == {"model.joblib", "payloads.jsonl", "golden.jsonl", "manifest.json", HASHES}


def test_another_seed_draws_other_payloads(tmp_path):
    definition = default_config().model_catalogue["cancer-logistic"]
    one, two = (train(definition, "data", seed, tmp_path / str(seed)) for seed in (1, 2))
    assert one["sha256"]["payloads.jsonl"] != two["sha256"]["payloads.jsonl"]


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "diabetes"])
def test_inputs_lie_in_range_with_the_data_sets_decimals(name):
    dataset = load_dataset(name)
    rows = draw_inputs(dataset, "data", 3, 500)
    assert (rows >= dataset.features.min(axis=0)).all()
    assert (rows <= dataset.features.max(axis=0)).all()
    for column, decimals in enumerate(feature_decimals(dataset.features)):
        assert np.array_equal(np.round(rows[:, column], decimals), rows[:, column])


def test_all_decimals_are_another_longer_payload():
    dataset = load_dataset("digits")
    short, long = (to_body(draw_inputs(dataset, decimals, 3, 1)[0]) for decimals in ("data", "full"))
    assert len(long) > 3 * len(short)


def test_a_body_reads_back_to_the_same_numbers():
    row = draw_inputs(load_dataset("breast_cancer"), "full", 3, 1)[0]
    assert json.loads(to_body(row))["features"] == list(row)


def test_an_estimator_that_does_not_fit_its_data_set_is_one_line(tmp_path):
    definition = TrainedModel(dataset="diabetes", estimator="logistic_regression")
    with pytest.raises(ServebenchError, match="cannot be trained on diabetes"):
        train(definition, "data", 1, tmp_path)


def test_a_wrong_parameter_is_one_line(tmp_path):
    definition = TrainedModel(dataset="digits", estimator="random_forest", parameters={"trees": 3})
    with pytest.raises(ServebenchError, match="parameters of random_forest"):
        train(definition, "data", 1, tmp_path)


def test_no_estimator_and_no_data_set_of_the_config_is_forgotten():
    fields = TrainedModel.model_fields
    assert set(get_args(fields["estimator"].annotation)) == {*CLASSIFIERS, *REGRESSORS}
    assert all(len(load_dataset(name).target) for name in get_args(fields["dataset"].annotation))
