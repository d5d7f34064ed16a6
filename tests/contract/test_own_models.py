"""A user's own model behind a real server: all cases that make sense for its columns, and all golden answers."""

import json

import numpy as np
import pandas as pd
import pytest
from servebench.answers import GOLDEN_STEP
from servebench.check.examination import read_lines
from servebench.check.system import check_system
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import request, start_server
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from support.own_models import PAYLOADS, make_own_model, save_churn, save_model
from support.packages import build_package, make_wire
from support.processes import none_left
from support.servers import SYSTEMS, built, is_compiled, launch, wire_of

DICE = np.random.default_rng(5)
NUMBERS = pd.DataFrame(np.round(DICE.normal(size=(50, 3)), 2), columns=["a", "b", "c"])
FLAGS = pd.DataFrame({"x": DICE.random(50) < 0.5, "y": DICE.random(50) < 0.5})
IS_HIGH = (NUMBERS["a"] > 0).to_numpy()
HOLED = NUMBERS.assign(b=[None if place % 4 == 0 else value for place, value in enumerate(NUMBERS["b"])])


def churn(folder):
    return save_churn(folder)


def by_name_in_another_order(folder):
    return save_model(folder, LogisticRegression().fit(NUMBERS[["c", "a", "b"]], IS_HIGH), NUMBERS)


def with_missing_numbers(folder):
    forest = RandomForestClassifier(3, random_state=1)
    return save_model(folder, forest.fit(HOLED.to_numpy(dtype=float), np.where(IS_HIGH, "yes", "no")), HOLED)


def with_booleans_only(folder):
    return save_model(folder, LogisticRegression().fit(FLAGS, IS_HIGH.astype(int)), FLAGS)


def with_a_threshold(folder):
    estimator = FixedThresholdClassifier(LogisticRegression(), threshold=0.9)
    return save_model(folder, estimator.fit(NUMBERS.to_numpy(), IS_HIGH), NUMBERS)


def with_several_outputs(folder):
    return save_model(folder, LinearRegression().fit(NUMBERS, NUMBERS[["a", "c"]]), NUMBERS)


@pytest.mark.parametrize(
    "save",
    [
        churn,
        by_name_in_another_order,
        with_missing_numbers,
        with_booleans_only,
        with_a_threshold,
        with_several_outputs,
    ],
)
def test_a_file_is_served_with_its_own_answers_and_without_a_warning(save, tmp_path):
    model = make_own_model(save(tmp_path / "files"), tmp_path / "model")
    assert build_package("fastapi", model, tmp_path / "package")["status"] == "built"
    outcome = check_system(
        tmp_path / "package", model, 60.0, True, tmp_path / "check.json", tmp_path / "check.log", make_wire(model)
    )
    assert outcome["status"] == "passed"
    assert outcome["golden_answers"] == PAYLOADS // 10
    # What Python warns of names its kind; uvicorn's own lines are of the contract's upgrades.
    assert "Warning: " not in (tmp_path / "check.server.log").read_text()
    assert none_left(str(tmp_path))


@pytest.mark.parametrize("system", [name for name in SYSTEMS if is_compiled(name)])
def test_nulls_reach_a_compiled_model(system, holed_model, tmp_path):
    package = built(system, holed_model, tmp_path / "package")
    wire = wire_of(package, holed_model)
    outcome = check_system(package, holed_model, 60.0, True, tmp_path / "check.json", tmp_path / "check.log", wire)
    assert outcome["status"] == "passed"
    assert any("null" in body for body in read_lines(holed_model / "payloads.jsonl")[::GOLDEN_STEP])


def test_a_row_that_the_estimator_refuses_is_422(tmp_path):
    table = pd.DataFrame({"plan": ["basic", "plus"] * 20, "calls": range(40)})
    prepare = make_column_transformer((OneHotEncoder(), ["plan"]), remainder="passthrough")
    estimator = make_pipeline(prepare, LogisticRegression()).fit(table, [0, 1] * 20)
    model = make_own_model(save_model(tmp_path / "files", estimator, table), tmp_path / "model")
    build_package("fastapi", model, tmp_path / "package")
    body = read_lines(model / "payloads.jsonl")[0]
    unknown = json.dumps({"features": ["unheard of", 3]})
    with ProcessGroups() as groups:
        server = start_server(groups, launch(tmp_path / "package"), tmp_path / "log")
        answers = [
            request(server.port, "POST", "/predict", text.encode(), {"Content-Type": "application/json"})
            for text in (unknown, body)
        ]
    assert [status for status, _, _ in answers] == [422, 200]
    assert b"the model does not take this row" in answers[0][1]
