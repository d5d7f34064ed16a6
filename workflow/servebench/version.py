"""The version of servebench, as pyproject.toml says it."""

import tomllib

from servebench.paths import REPOSITORY


def version() -> str:
    """Such as 0.2.0."""
    with (REPOSITORY / "pyproject.toml").open("rb") as stream:
        return str(tomllib.load(stream)["project"]["version"])
