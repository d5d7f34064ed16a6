"""Snakemake's plugin for Slurm, in a folder of its own beside the environment of the tests."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from servebench.paths import CACHE, REPOSITORY

LOCK = REPOSITORY / "envs" / "slurm.lock"
OURS = REPOSITORY / "envs" / "run.lock"


def added_requirements() -> str:
    """What the plugin needs beside the run's own packages, with its hashes."""
    ours = {_name(entry) for entry in _entries(OURS)}
    return "".join(entry for entry in _entries(LOCK) if _name(entry) not in ours)


def install(folder: Path) -> None:
    """Install it there; raises CalledProcessError where it cannot be fetched."""
    requirements = folder / "requirements.txt"
    requirements.write_text(added_requirements())
    uv = shutil.which("uv") or str(CACHE / "uv" / "bin" / "uv")
    arguments = ["--quiet", "--no-deps", "--require-hashes", "--python", sys.executable, "--target", str(folder)]
    subprocess.run([uv, "pip", "install", *arguments, "-r", str(requirements)], check=True, timeout=120)


def _entries(lock: Path) -> list[str]:
    """Each requirement of a lock, its hashes' lines included."""
    lines = [line for line in lock.read_text().splitlines(keepends=True) if not line.lstrip().startswith("#")]
    return [entry for entry in re.split(r"^(?=\S)", "".join(lines), flags=re.M) if entry.strip()]


def _name(entry: str) -> str:
    return entry.partition("==")[0]
