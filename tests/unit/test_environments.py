import json
import re

import pytest
from servebench.build.python_environment import MODEL_PACKAGES
from servebench.environments import (
    CONDA,
    CONDA_PACKAGES,
    LOCK,
    MODEL_CONSTRAINTS,
    conda_environment,
    conda_packages,
    model_constraints,
)
from servebench.paths import REPOSITORY, SERVERS

SERVER_LOCKS = sorted(SERVERS.glob("*/requirements.lock"))


def test_the_conda_environment_is_the_locks():
    assert CONDA.read_text() == conda_environment()
    assert CONDA_PACKAGES.read_text() == conda_packages(LOCK.read_text())


def test_a_record_of_snakemake_holds_no_packages():
    """Each output of each trial has a record with this file in it."""
    assert len(CONDA.read_bytes()) < 500


def test_another_lock_is_another_environment():
    lock = LOCK.read_text()
    assert conda_packages(lock) != conda_packages(lock.replace("altair==", "altair==9", 1))


def test_snakemake_finds_the_script_that_installs_the_packages():
    """It stands beside the environment, under the name that Snakemake looks for, and is run in the repository."""
    assert CONDA.with_suffix(".post-deploy.sh") == CONDA_PACKAGES
    *_, install = CONDA_PACKAGES.read_text().splitlines()
    assert "--require-hashes" in install
    assert (REPOSITORY / install.split()[-1]).samefile(LOCK)


def test_what_reads_the_model_is_the_locks():
    assert MODEL_CONSTRAINTS.read_text() == model_constraints(LOCK.read_text())
    assert pinned(MODEL_CONSTRAINTS).keys() == set(MODEL_PACKAGES)


def test_every_requirement_carries_its_hash():
    requirements = re.split(r"\n(?=\S)", LOCK.read_text())
    assert len(requirements) > 50
    assert all("==" in entry and "--hash=sha256:" in entry for entry in requirements)


def pinned(path):
    """The versions of a lock, each with its package's name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE))


def test_every_server_with_packages_of_its_own_has_its_lock():
    assert {path.parent for path in SERVERS.glob("*/requirements.in")} == {path.parent for path in SERVER_LOCKS}


@pytest.mark.parametrize("path", SERVER_LOCKS, ids=lambda path: path.parent.name)
def test_a_servers_packages_are_those_of_the_study_where_they_go_with_them(path):
    ours, theirs = pinned(LOCK), pinned(path)
    goes_with_ours = "-c envs/run.lock" in path.read_text()
    shared = (ours.keys() if goes_with_ours else set(MODEL_PACKAGES)) & theirs.keys()
    assert {"scikit-learn", "numpy", "joblib"} <= shared
    assert {name: theirs[name] for name in shared} == {name: ours[name] for name in shared}
    assert path.read_text().count("--hash=sha256:") >= len(theirs)


def test_no_lock_names_an_index():
    for path in (*(REPOSITORY / "envs").iterdir(), *SERVER_LOCKS):
        text = path.read_text()
        assert "index-url" not in text.replace("--no-emit-index-url", "")
        assert "https://" not in text


def test_a_lock_of_crates_names_the_public_registry_alone():
    lines = [line for path in SERVERS.glob("*/Cargo.lock") for line in path.read_text().splitlines()]
    sources = {line for line in lines if line.startswith("source = ")}
    assert sources == {'source = "registry+https://github.com/rust-lang/crates.io-index"'}


def test_a_lock_of_npm_names_no_registry():
    locks = [json.loads(path.read_text())["packages"] for path in SERVERS.glob("*/package-lock.json")]
    # The package without a name is the server itself.
    packages = [package for lock in locks for name, package in lock.items() if name]
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)
