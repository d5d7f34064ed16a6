"""What CONTRIBUTING.md and README.md name is there."""

import re
import tomllib

import pytest
import yaml
from servebench.paths import REPOSITORY

TEXTS = ["CONTRIBUTING.md", "README.md"]
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
# Made by a study, not in the tree; the paths of HTTP.
MADE, ROUTES = "results/", "/"


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def named_paths(text: str) -> set[str]:
    """Links to files, and what stands in backticks with a slash and without spaces; `<name>` stands for any name."""
    links = re.findall(r"\]\(([^)#]+)\)", text)
    quoted = re.findall(r"`([^`\s]*/[^`\s]*)`", FENCED.sub("", text))
    found = {path for path in (*links, *quoted) if "://" not in path}
    return {path for path in found if not path.startswith((MADE, ROUTES)) or path in links}


@pytest.mark.parametrize("text", TEXTS)
def test_every_path_is_in_the_tree(text):
    paths = named_paths(read(text))
    assert len(paths) > 5
    missing = [path for path in sorted(paths) if not any(REPOSITORY.glob(re.sub(r"<[^>]+>", "*", path).rstrip("/")))]
    assert not missing, f"{text} names what is not there"


def test_a_path_that_moved_is_found():
    assert named_paths("`a/<name>.py` [b](c.md) `/healthz` `results/x/` `make x/y z` `https://a/b`") == {
        "a/<name>.py",
        "c.md",
    }


@pytest.mark.parametrize("text", TEXTS)
def test_every_target_of_make_exists(text):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", read(text), re.M)) <= targets


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version
    assert re.findall(r"^## \[?(\d+\.\d+\.\d+)", read("CHANGELOG.md"), re.M)[0] == version


def test_every_folder_of_tests_is_run():
    collected = set(tomllib.loads(read("pyproject.toml"))["tool"]["pytest"]["ini_options"]["testpaths"])
    apart = set(re.findall(r"pytest .*?(tests/[a-z]+)", read("Makefile")))
    assert {f"tests/{path.parent.name}" for path in (REPOSITORY / "tests").glob("*/test_*.py")} == collected | apart
