"""An environment of a Python server's own: made once, shared, and not measured where it cannot be made."""

import subprocess

import pytest
from servebench.build.python_environment import environment_of, find_requirements, installed_versions
from servebench.build.request import Unavailable

NOTHING = "# no packages\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def folder_with(place, name, text):
    place.mkdir(parents=True)
    (place / name).write_text(text)
    return place


def test_a_lock_comes_before_what_it_was_made_from(tmp_path):
    source = folder_with(tmp_path / "x", "requirements.txt", NOTHING)
    assert find_requirements(source).name == "requirements.txt"
    (source / "requirements.lock").write_text(NOTHING)
    assert find_requirements(source).name == "requirements.lock"
    assert find_requirements(tmp_path) is None


def test_servers_that_ask_for_the_same_share_an_environment_that_has_nothing_else(tmp_path, cache):
    first, second = (folder_with(tmp_path / name, "requirements.lock", NOTHING) for name in ("a", "b"))
    python = environment_of(find_requirements(first), cache)
    assert environment_of(find_requirements(second), cache) == python
    done = subprocess.run([python, "-c", "import numpy"], capture_output=True, text=True, check=False)
    assert "No module named 'numpy'" in done.stderr
    with pytest.raises(Unavailable, match="numpy"):
        installed_versions(python, ["numpy"])


def test_an_environment_whose_interpreter_is_gone_is_made_anew(tmp_path, cache):
    source = folder_with(tmp_path / "a", "requirements.lock", NOTHING + "# another\n")
    python = environment_of(find_requirements(source), cache)
    link = cache / "environments" / python.split("/")[-3] / "bin" / "python"
    link.unlink()
    assert environment_of(find_requirements(source), cache) == python
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # A lock that names no hash, and a place that is not there: neither needs a network.
        ("requirements.lock", "thing @ file:///nowhere/thing-1.0-py3-none-any.whl\n"),
        ("requirements.txt", "thing @ file:///nowhere/thing-1.0-py3-none-any.whl\n"),
    ],
)
def test_what_cannot_be_installed_is_unavailable_with_its_remedy(tmp_path, cache, name, text):
    source = folder_with(tmp_path / "mine", name, text)
    with pytest.raises(Unavailable, match=f"the packages of servers/mine/{name} could not be installed: .+") as caught:
        environment_of(find_requirements(source), cache)
    assert f"mend servers/mine/{name}, then `make retry`" in caught.value.remedy
