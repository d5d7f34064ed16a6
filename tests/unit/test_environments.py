import yaml
from servebench.environments import CONDA, LOCK, conda_environment
from servebench.paths import REPOSITORY


def test_the_conda_environment_is_the_locks():
    assert CONDA.read_text() == conda_environment(LOCK.read_text())


def test_every_requirement_carries_its_hash():
    pip = yaml.safe_load(CONDA.read_text())["dependencies"][-1]["pip"]
    assert len(pip) > 50
    assert all("==" in line and "--hash=sha256:" in line for line in pip)


def test_no_lock_names_an_index():
    for path in (REPOSITORY / "envs").iterdir():
        text = path.read_text()
        assert "index-url" not in text.replace("--no-emit-index-url", "")
        assert "https://" not in text
