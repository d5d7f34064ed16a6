"""What is written from the lock of the packages: envs/servebench.yaml for `--sdm conda`, and what reads the model."""

import re
from pathlib import Path

import yaml

from servebench.build.python_environment import MODEL_PACKAGES
from servebench.paths import REPOSITORY

LOCK = REPOSITORY / "envs" / "run.lock"
CONDA = REPOSITORY / "envs" / "servebench.yaml"
MODEL_CONSTRAINTS = REPOSITORY / "envs" / "model.txt"
PYTHON = "3.12"


def conda_environment(lock_text: str) -> str:
    """A conda environment with exactly the lock's versions and hashes, installed by pip."""
    content = {
        "name": "servebench",
        "channels": ["conda-forge", "nodefaults"],
        "dependencies": [f"python={PYTHON}", "pip", {"pip": _requirements(lock_text)}],
    }
    head = "# Written from envs/run.lock by `make lock`; do not edit.\n"
    return head + yaml.safe_dump(content, sort_keys=False, width=10_000)


def model_constraints(lock_text: str) -> str:
    """The lock's versions of what reads the model: all that a server shares whose packages do not go with ours."""
    head = "# Written from envs/run.lock by `make lock`; do not edit.\n"
    pinned = [line.partition(" --hash")[0] for line in _requirements(lock_text)]
    return head + "".join(f"{line}\n" for line in pinned if line.partition("==")[0] in MODEL_PACKAGES)


def _requirements(lock_text: str) -> list[str]:
    joined = re.sub(r"\\\n\s+", "", lock_text)
    return [line.strip() for line in joined.splitlines() if line and not line.lstrip().startswith("#")]


def main() -> None:
    """Write the files."""
    lock_text = LOCK.read_text(encoding="utf-8")
    for path, text in ((CONDA, conda_environment(lock_text)), (MODEL_CONSTRAINTS, model_constraints(lock_text))):
        Path(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
