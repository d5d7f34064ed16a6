"""Which servebench this is: its version, and the commit of its repository."""

import shutil
import subprocess
import tomllib

from servebench.paths import REPOSITORY

# The names under which a trial's versions tell them.
SERVEBENCH = "servebench"
COMMIT = "servebench commit"
COMMIT_LETTERS = 12
LONGEST_S = 10


def version() -> str:
    """The version that pyproject.toml says."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def commit() -> str | None:
    """The commit, `-dirty` behind it where files differ from it; None where this is no clone, or git is not here."""
    git = shutil.which("git")
    # Unpacked inside somebody else's repository, git would tell theirs.
    if git is None or not (REPOSITORY / ".git").exists():
        return None
    describe = ["describe", "--always", "--dirty", "--exclude=*", f"--abbrev={COMMIT_LETTERS}"]
    command = [git, "--no-optional-locks", "-C", str(REPOSITORY), *describe]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def release_versions() -> dict[str, str]:
    """What a trial records of it."""
    found = commit()
    return {SERVEBENCH: version(), **({COMMIT: found} if found else {})}
