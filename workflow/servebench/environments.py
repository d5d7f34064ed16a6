"""envs/servebench.yaml for `--sdm conda`, written from the lock of the same packages."""

import re
from pathlib import Path

import yaml

from servebench.paths import REPOSITORY

LOCK = REPOSITORY / "envs" / "run.lock"
CONDA = REPOSITORY / "envs" / "servebench.yaml"
PYTHON = "3.12"


def conda_environment(lock_text: str) -> str:
    """A conda environment with exactly the lock's versions and hashes, installed by pip."""
    joined = re.sub(r"\\\n\s+", "", lock_text)
    requirements = [line.strip() for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    content = {
        "name": "servebench",
        "channels": ["conda-forge", "nodefaults"],
        "dependencies": [f"python={PYTHON}", "pip", {"pip": requirements}],
    }
    head = "# Written from envs/run.lock by `make lock`; do not edit.\n"
    return head + yaml.safe_dump(content, sort_keys=False, width=10_000)


def main() -> None:
    """Write the file."""
    Path(CONDA).write_text(conda_environment(LOCK.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
