"""A study's report, made anew from nothing but its raw files: what an archive holds, and what verifies it."""

from pathlib import Path

from servebench.archive.raw import unpack_raw
from servebench.paths import HASHES, StudyPaths
from servebench.report.whole import write_report


def rebuild(raw: Path, paths: StudyPaths) -> dict[str, bytes]:
    """Unpack `raw` into an empty study's folder and make the report there; what was made, by its place in it."""
    unpack_raw(raw, paths.root)
    given = _files(paths.root)
    write_report(paths)
    return {path.relative_to(paths.root).as_posix(): path.read_bytes() for path in sorted(_files(paths.root) - given)}


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and path.name != HASHES}
