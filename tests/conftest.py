"""Fixtures that several tests share: real models, compiled once a session."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from servebench.compiled.compile import compile_model
from servebench.paths import CACHE, REPOSITORY
from support.calibrations import make_study_cache
from support.packages import make_model

# Processes that tests start find the package too.
os.environ["PYTHONPATH"] = str(REPOSITORY / "workflow")

# A shell in the background, or nohup, ignores them, which every process of a test would take over.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes is the machine's affair.
settings.register_profile("servebench", deadline=None)
settings.load_profile("servebench")


# Folders and files whose tests one process makes, while the others make the rest: their studies are made once, and wait
# for each other's trials.
TOGETHER = (
    "tests/workflow/",
    "tests/browser/",
    "tests/faults/test_files.py",
    "tests/faults/test_servers.py",
    "tests/faults/run/test_killed.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each test by itself, but for those that stay together; these begin first."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def cancer_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logistic regression on breast_cancer, with compiled code where there is a compiler."""
    return make_model("cancer-logistic", tmp_path_factory.mktemp("models") / "cancer-logistic")


@pytest.fixture(scope="session")
def holed_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's model of numbers, some of which are missing, with compiled code where there is a compiler."""
    # Imported here: not every test must wait for what converts models.
    from support.own_models import make_own_model, save_holed

    folder = make_own_model(save_holed(tmp_path_factory.mktemp("files")), tmp_path_factory.mktemp("models") / "holed")
    compile_model(folder, folder / "compiled", CACHE)
    return folder


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
