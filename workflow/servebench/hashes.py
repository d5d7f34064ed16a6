"""What was made, held against its hashes: they are written beside it, and what was cut or edited since is not used.

The list is one of `sha256sum --check`. What was made before there was one is taken as it is.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.files import sha256_file, write_text
from servebench.paths import HASHES, StudyPaths

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
# Where the folders stand that trials are made with.
USED = ("models", "wire", "build", "generators")


def write_hashes(folder: Path, names: Iterable[str]) -> None:
    """Write the list of these files of a folder."""
    write_text(folder / HASHES, "".join(f"{sha256_file(folder / name)}  {name}\n" for name in sorted(names)))


def files_of(folder: Path) -> list[str]:
    """The names of all files that stand in a folder itself, but for the list."""
    return [path.name for path in folder.iterdir() if path.is_file() and path.name != HASHES]


def forget_hashes(folder: Path) -> None:
    """Take the list away before files are made anew: who is killed in between must not be said to have edited them."""
    (folder / HASHES).unlink(missing_ok=True)


def changed_files(folder: Path, names: Collection[str] | None = None) -> list[Path]:
    """The files of a folder, or those of these names, that are there and not as they were made.

    Raises ServebenchError where the list is cut.
    """
    path = folder / HASHES
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    found = [_LINE.fullmatch(line) for line in lines]
    told = {match[2]: match[1] for match in found if match is not None}
    if len(told) < len(lines):
        raise ServebenchError(f"{path} is cut: put it back, or delete it where you trust the files beside it")
    asked = told if names is None else told.keys() & names
    return [folder / name for name in sorted(asked) if _is_changed(folder / name, told[name])]


def _is_changed(path: Path, wanted: str) -> bool:
    return path.is_file() and sha256_file(path) != wanted


def refuse_changed(folder: Path, remedy: str, names: Collection[str] | None = None) -> None:
    """Raise ServebenchError, with the remedy, where a file of a folder, or of these names, is not as it was made."""
    for path in changed_files(folder, names):
        raise ServebenchError(f"{path} was edited or cut after it was made ({HASHES} beside it tells): {remedy}")


def refuse_changed_study(paths: StudyPaths) -> None:
    """Raise ServebenchError where something that a study's trials are made with is not as it was made.

    Without this, it would be newer than the trials, and Snakemake would delete their raw files and measure them again.
    """
    folders = sorted({path.parent for top in USED for path in (paths.root / top).rglob(HASHES)})
    for folder in folders:
        refuse_changed(
            folder, f"put it back, or delete {folder} and {paths.tables}: it and its trials are then made again"
        )
