"""Revisions of the repository, read by git: what stood in a folder then."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from servebench.errors import ServebenchError

SHORT = 10


def short(commit: str) -> str:
    """A commit as people write it."""
    return commit[:SHORT]


def commit_of(revision: str, repository: Path) -> str:
    """The commit that a revision names; raises ServebenchError where it names none."""
    found = _git(repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"])
    if found is None:
        raise ServebenchError(f"'{revision}' is no revision here: give a commit, a branch or a tag of this repository")
    return found.decode().strip()


def tree_of(commit: str, folder: str, repository: Path) -> str:
    """What names the content of a folder at a commit; raises ServebenchError where there was no such folder."""
    found = _git(repository, ["rev-parse", "--verify", "--quiet", f"{commit}:{folder}"])
    if found is None:
        raise ServebenchError(f"{folder} did not exist at {short(commit)}: give a revision that has it")
    return found.decode().strip()


def export(commit: str, folder: str, repository: Path, target: Path) -> None:
    """Write what stood in a folder at a commit to the folder `target`, as old as the commit."""
    archive = _git(repository, ["archive", "--format=tar", commit, "--", folder])
    if archive is None:
        raise ServebenchError(f"{folder} cannot be read at {short(commit)}: fetch that commit (`git fetch`)")
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        with tarfile.open(fileobj=io.BytesIO(archive)) as stream:
            stream.extractall(scratch, filter="data")
        (Path(scratch) / folder).rename(target)


def tracked_files(paths: Sequence[str], repository: Path) -> list[Path]:
    """The files that git knows below these paths, relative to the repository, as far as they are there."""
    listed = _git(repository, ["ls-files", "-z", "--", *paths])
    if listed is None:
        raise ServebenchError(f"{repository} is no checkout of git: clone the repository to compare its revisions")
    files = [Path(name) for name in listed.decode().split("\0") if name]
    return [path for path in files if (repository / path).is_file()]


def _git(repository: Path, arguments: Sequence[str]) -> bytes | None:
    """What git prints; None where it refuses."""
    try:
        done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, check=False)
    except FileNotFoundError:
        raise ServebenchError("git is not here: install it, revisions are read by it") from None
    return done.stdout if done.returncode == 0 else None
