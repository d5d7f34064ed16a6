"""The environment's script: when it makes .venv, and when it leaves it."""

import os
import shutil
import subprocess
import sys

import pytest
from servebench.paths import REPOSITORY

# Stands in for uv: notes its calls, and makes an environment of one interpreter.
UV = """#!/bin/sh
echo "$1" >>"{calls}"
if [ "$1" = venv ]; then
    [ -x "$4" ] || exit 2
    mkdir -p .venv/bin && ln -s "{python}" .venv/bin/python && ln -s "{python}" .venv/bin/python3.11
fi
"""


class Bootstrap:
    """A checkout that holds the script and two locks, with a stub of uv on the PATH."""

    def __init__(self, root):
        self.folder = root / "checkout"
        self.calls = root / "calls"
        self.tools = root / "tools"
        (self.folder / "envs").mkdir(parents=True)
        shutil.copy2(REPOSITORY / "envs/bootstrap.sh", self.folder / "envs")
        for kind in ("run", "dev"):
            (self.folder / f"envs/{kind}.lock").write_text(f"{kind}\n")
        self.tools.mkdir()
        uv = self.tools / "uv"
        uv.write_text(UV.format(calls=self.calls, python=sys.executable))
        uv.chmod(0o755)

    def run(self, kind="run"):
        """Run the script; returns what it asked uv for."""
        self.calls.write_text("")
        # As `make` calls it: with the environment that is to be made first on the PATH.
        environment = {"PATH": f"{self.folder}/.venv/bin:{self.tools}:{os.environ['PATH']}"}
        subprocess.run([self.folder / "envs/bootstrap.sh", kind], env=environment, check=True, timeout=60)
        return self.calls.read_text().split()


@pytest.fixture
def bootstrap(tmp_path):
    return Bootstrap(tmp_path)


def test_an_environment_is_made_once(bootstrap):
    assert bootstrap.run() == ["venv", "pip"]
    assert bootstrap.run() == []


def test_the_development_environment_serves_for_both(bootstrap):
    assert bootstrap.run("dev") == ["venv", "pip"]
    assert bootstrap.run("run") == []


def test_a_changed_lock_is_installed_into_the_same_environment(bootstrap):
    bootstrap.run()
    (bootstrap.folder / "envs/run.lock").write_text("changed\n")
    assert bootstrap.run() == ["pip"]


def test_a_moved_checkout_makes_its_environment_anew(bootstrap):
    bootstrap.run()
    bootstrap.folder = bootstrap.folder.rename(bootstrap.folder.with_name("moved"))
    assert bootstrap.run() == ["venv", "pip"]
    assert bootstrap.run() == []


def test_a_checkout_that_is_reached_through_a_link_keeps_its_environment(bootstrap):
    bootstrap.run()
    link = bootstrap.folder.with_name("link")
    link.symlink_to(bootstrap.folder)
    bootstrap.folder = link
    assert bootstrap.run() == []


def test_a_dangling_interpreter_is_replaced(bootstrap):
    bootstrap.run()
    python = bootstrap.folder / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert bootstrap.run() == ["venv", "pip"]
    assert bootstrap.run() == []
