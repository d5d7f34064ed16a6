"""Packages of servers as the contract's tests run them."""

import json
from pathlib import Path

import pytest
from servebench.trial.server import ServerLaunch

from support.packages import make_package

SYSTEMS = ["fastapi", "fastapi-compiled", "crow", "beast"]


def built(system: str, model: Path, folder: Path) -> Path:
    """A package, or a skipped test with the reason."""
    manifest = make_package(system, model, folder)
    if manifest["status"] != "built":
        pytest.skip(f"{system}: {manifest['reason']}")
    return folder


def parallelism_option(package: Path) -> str:
    """The option of a package's server that tells how many of it answer."""
    definition = json.loads((package / "manifest.json").read_text())["definition"]
    return "workers" if definition["workers"] is not None else "threads"


def launch(package: Path, parallelism: int = 1) -> ServerLaunch:
    """How a package is started."""
    return ServerLaunch(package, parallelism_option(package), parallelism, None, 1, 60.0)
