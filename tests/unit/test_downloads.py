"""What is downloaded is known by its hash before it is used."""

import json
import re
import tomllib

import pytest
from servebench.build.python_environment import LOCK, REQUIREMENTS
from servebench.build.server_manifest import known_servers, load_server_manifest
from servebench.paths import REPOSITORY, SERVERS

LOCKS = [*REPOSITORY.glob("envs/*.lock"), *SERVERS.glob(f"*/{LOCK}")]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_every_package_of_a_lock_has_its_hash(path):
    joined = re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if "--hash=sha256:" not in line or "://" in line] == []


def test_the_conda_environment_has_them_too():
    environment = (REPOSITORY / "envs" / "servebench.yaml").read_text(encoding="utf-8")
    assert "==" not in environment, "packages of PyPI stand in the lock alone"
    script = (REPOSITORY / "envs" / "servebench.post-deploy.sh").read_text(encoding="utf-8")
    assert "pip install" in script
    assert "--require-hashes -r envs/run.lock" in script


def test_what_fetches_packages_asks_for_hashes():
    text = (REPOSITORY / "envs" / "bootstrap.sh").read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if " install " in line and "echo" not in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)
    commands = {name: load_server_manifest(name).build or "" for name in known_servers()}
    for name, command in commands.items():
        for tool, strict in (
            (r"\bcargo build", "--locked"),
            (r"\bnpm ", "npm ci"),
            (r"\bgo build", "GOTOOLCHAIN=local"),
        ):
            assert not re.search(tool, command) or strict in command, name


def test_no_server_of_ours_asks_for_packages_without_a_lock():
    assert [path for path in SERVERS.glob(f"*/{REQUIREMENTS}") if not path.with_name(LOCK).exists()] == []
    for path in SERVERS.glob("*/go.mod"):
        # What is needed beside Go itself would stand in a go.sum, by its hash.
        assert "require" not in path.read_text() or path.with_name("go.sum").exists()


def test_crates_and_node_packages_have_their_hashes():
    for path in SERVERS.glob("*/Cargo.lock"):
        packages = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
        assert [each["name"] for each in packages if "source" in each and "checksum" not in each] == []
    for path in SERVERS.glob("*/package-lock.json"):
        packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
        assert [place for place, each in packages.items() if place and "integrity" not in each] == []


def test_cmake_downloads_by_hash_alone():
    for path in [*SERVERS.rglob("CMakeLists.txt"), *(REPOSITORY / "workflow").rglob("CMakeLists.txt")]:
        text = path.read_text(encoding="utf-8")
        assert "GIT_REPOSITORY" not in text
        for command in re.findall(r"(?:FetchContent_Declare|ExternalProject_Add)\([^)]*\)", text):
            assert "URL_HASH SHA256=" in command
        # Ours checks by itself, before the file has the name that is read.
        assert text.count("file(DOWNLOAD") <= text.count("file(SHA256")
