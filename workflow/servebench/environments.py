"""What is written from the lock of the packages: the environment for `--sdm conda`, and what reads the model.

The environment is two files, as Snakemake has them: envs/servebench.yaml, which it copies into its record of every
output and which therefore names no packages, and the script that it runs in the environment once that is made. A
`-r run.lock` in the first would be looked for beside Snakemake's copy of it, where no lock is.
"""

import hashlib
import re
from pathlib import Path

import yaml

from servebench.build.python_environment import MODEL_PACKAGES
from servebench.paths import REPOSITORY

LOCK = REPOSITORY / "envs" / "run.lock"
CONDA = REPOSITORY / "envs" / "servebench.yaml"
CONDA_PACKAGES = REPOSITORY / "envs" / "servebench.post-deploy.sh"
MODEL_CONSTRAINTS = REPOSITORY / "envs" / "model.txt"
PYTHON = "3.12"
HEAD = "# Written from envs/run.lock by `make lock`; do not edit.\n"


def conda_environment() -> str:
    """A conda environment into which the lock's packages are still to be installed."""
    content = {
        "name": "servebench",
        "channels": ["conda-forge", "nodefaults"],
        "dependencies": [f"python={PYTHON}", "pip"],
    }
    return HEAD + yaml.safe_dump(content, sort_keys=False)


def conda_packages(lock_text: str) -> str:
    """The script that installs the lock's versions by their hashes, in the environment and from the repository.

    Another lock makes another script, by which Snakemake knows that it takes another environment.
    """
    digest = hashlib.sha256(lock_text.encode()).hexdigest()
    install = "python -m pip install --quiet --no-deps --require-hashes -r envs/run.lock"
    return f"#!/bin/sh\n{HEAD}# Its SHA-256: {digest}\nset -eu\n{install}\n"


def model_constraints(lock_text: str) -> str:
    """The lock's versions of what reads the model: all that a server shares whose packages do not go with ours."""
    pinned = [line.partition(" --hash")[0] for line in _requirements(lock_text)]
    return HEAD + "".join(f"{line}\n" for line in pinned if line.partition("==")[0] in MODEL_PACKAGES)


def _requirements(lock_text: str) -> list[str]:
    joined = re.sub(r"\\\n\s+", "", lock_text)
    return [line.strip() for line in joined.splitlines() if line and not line.lstrip().startswith("#")]


def main() -> None:
    """Write the files."""
    lock_text = LOCK.read_text(encoding="utf-8")
    written = {
        CONDA: conda_environment(),
        CONDA_PACKAGES: conda_packages(lock_text),
        MODEL_CONSTRAINTS: model_constraints(lock_text),
    }
    for path, text in written.items():
        Path(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
