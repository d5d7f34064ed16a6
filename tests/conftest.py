"""Fixtures that several tests share: real models, compiled once a session."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from servebench.paths import REPOSITORY
from support.packages import make_model

# Processes that tests start find the package too.
os.environ["PYTHONPATH"] = str(REPOSITORY / "workflow")

# How long an example takes is the machine's affair.
settings.register_profile("servebench", deadline=None)
settings.load_profile("servebench")


@pytest.fixture(scope="session")
def cancer_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logistic regression on breast_cancer, with compiled code where there is a compiler."""
    return make_model("cancer-logistic", tmp_path_factory.mktemp("models") / "cancer-logistic")


@pytest.fixture(scope="session")
def digits_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gradient boosting on digits, with compiled code where there is a compiler."""
    return make_model("digits-boosting", tmp_path_factory.mktemp("models") / "digits-boosting")


@pytest.fixture(scope="session")
def diabetes_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ridge on diabetes: a regression."""
    return make_model("diabetes-ridge", tmp_path_factory.mktemp("models") / "diabetes-ridge")
