"""Fixtures that several tests share: real models, compiled once a session."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from servebench.paths import REPOSITORY
from support.calibrations import make_study_cache
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


@pytest.fixture
def payloads(cancer_model: Path) -> Path:
    """The bodies of that model, as a study draws them."""
    return cancer_model / "payloads.jsonl"


@pytest.fixture(scope="session")
def digits_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gradient boosting on digits, with compiled code where there is a compiler."""
    return make_model("digits-boosting", tmp_path_factory.mktemp("models") / "digits-boosting")


@pytest.fixture(scope="session")
def diabetes_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ridge on diabetes: a regression."""
    return make_model("diabetes-ridge", tmp_path_factory.mktemp("models") / "diabetes-ridge")


@pytest.fixture(scope="session")
def study_cache(cancer_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of tiny studies: what is compiled is shared, what is calibrated is calibrated once."""
    return make_study_cache(tmp_path_factory.mktemp("cache"), cancer_model / "payloads.jsonl")
