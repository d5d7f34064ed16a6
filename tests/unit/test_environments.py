import re

import pytest
import yaml
from servebench.environments import CONDA, LOCK, conda_environment
from servebench.paths import REPOSITORY, SERVERS

SERVER_LOCKS = sorted(SERVERS.glob("*/requirements.lock"))


def test_the_conda_environment_is_the_locks():
    assert CONDA.read_text() == conda_environment(LOCK.read_text())


def test_every_requirement_carries_its_hash():
    pip = yaml.safe_load(CONDA.read_text())["dependencies"][-1]["pip"]
    assert len(pip) > 50
    assert all("==" in line and "--hash=sha256:" in line for line in pip)


def pinned(path):
    """The versions of a lock, each with its package's name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE))


def test_every_server_with_packages_of_its_own_has_its_lock():
    assert {path.parent for path in SERVERS.glob("*/requirements.in")} == {path.parent for path in SERVER_LOCKS}


@pytest.mark.parametrize("path", SERVER_LOCKS, ids=lambda path: path.parent.name)
def test_a_servers_packages_are_those_of_the_study_where_it_has_them(path):
    ours, theirs = pinned(LOCK), pinned(path)
    assert {"scikit-learn", "numpy", "joblib"} <= theirs.keys()
    assert {name: theirs[name] for name in ours.keys() & theirs.keys()} == {
        name: ours[name] for name in ours.keys() & theirs.keys()
    }
    assert path.read_text().count("--hash=sha256:") >= len(theirs)


def test_no_lock_names_an_index():
    for path in (*(REPOSITORY / "envs").iterdir(), *SERVER_LOCKS):
        text = path.read_text()
        assert "index-url" not in text.replace("--no-emit-index-url", "")
        assert "https://" not in text
