"""The raw files of a study as one archive: all that its tables and its report can be made from again."""

import io
import lzma
import os
import re
import tarfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from servebench.archive.container import SHOWN
from servebench.errors import ServebenchError
from servebench.files import write_bytes
from servebench.paths import LATENCY, MANIFEST, REPOSITORY, RESOURCES, RESULT, SERIES, STUDY_CONFIG, StudyPaths
from servebench.texts import WORD_PATTERN, visible

KEPT = (
    STUDY_CONFIG,
    "journal*.jsonl",
    f"models/*/{MANIFEST}",
    f"models/*/compiled/{MANIFEST}",
    f"build/*/*/{MANIFEST}",
    f"generators/*/{MANIFEST}",
    "check/*/*.json",
    "calibration/*.json",
    "calibration/*/*.json",
    *(f"trials/*/*/*/*/*/{name}" for name in (RESULT, LATENCY, SERIES, RESOURCES)),
)
# More than any study takes: 10,000 trials of minutes are 1 GiB.
MOST_BYTES = 4 * 2**30
MOST_FILES = 1_000_000


def pack_raw(paths: StudyPaths, archive: Path) -> None:
    """Write a study's raw files to `archive`, the same bytes for the same files.

    Where the checkout stands, and whose home it is in, is nobody's affair. Raises ServebenchError without trials.
    """
    files = sorted({path for pattern in KEPT for path in paths.root.glob(pattern)})
    if not any(path.name == RESULT for path in files):
        raise ServebenchError(f"study '{paths.root.name}' has no trials yet: run `make` or snakemake first")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as stream:
        for path in files:
            data = _without_places(path.read_bytes())
            member = tarfile.TarInfo(path.relative_to(paths.root).as_posix())
            member.size = len(data)
            stream.addfile(member, io.BytesIO(data))
    write_bytes(archive, lzma.compress(buffer.getvalue(), preset=9))


def _without_places(data: bytes) -> bytes:
    """The checkout's path as a dot, and its user's home as a tilde."""
    data = data.replace(str(REPOSITORY).encode(), b".")
    home = str(Path.home())
    return data if home == "/" else data.replace(f'"{home}/'.encode(), b'"~/')


def unpack_raw(archive: Path, folder: Path) -> None:
    """Unpack an archive's files into a study's folder; raises ServebenchError where it is none.

    Whoever made it may be anybody: no more is written than the raw files of a study, each a plain file at its place.
    """
    try:
        with tarfile.open(archive, "r:xz") as stream:
            members = _kept_members(stream)
            for member in members:
                _unpack(stream, member, folder)
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise ServebenchError(f"{archive} is no archive of a study ({visible(str(error))}): fetch it again") from None
    except _NotKept as reason:
        raise ServebenchError(f"{archive} {reason}: it is no archive of a study, nothing was unpacked") from None


class _NotKept(Exception):
    """What an archive holds that no study has, as the end of a sentence."""


def _kept_members(stream: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """All members, before any of them is written; raises _NotKept where one is no raw file, or they are too large."""
    members: list[tarfile.TarInfo] = []
    size_bytes = 0
    for member in stream:
        members.append(member)
        size_bytes += member.size
        if len(members) > MOST_FILES or size_bytes > MOST_BYTES:
            raise _NotKept(f"is larger than {MOST_BYTES / 2**30:g} GiB or {MOST_FILES:,} files")
        if not member.isreg():
            raise _NotKept(f"holds '{visible(member.name, SHOWN)}', which is no plain file")
        if not is_kept(member.name):
            raise _NotKept(f"holds '{visible(member.name, SHOWN)}', which is no raw file of a study")
    return members


def is_kept(name: str) -> bool:
    """Whether a name is one that `pack_raw` gives: at its place, and nowhere outside the study's folder."""
    parts = name.split("/")
    is_plain = all(re.fullmatch(WORD_PATTERN, part) for part in parts)
    return is_plain and any(_fits(parts, pattern.split("/")) for pattern in KEPT)


def _fits(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def _unpack(stream: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    data = stream.extractfile(member)
    assert data is not None
    path = folder / member.name
    write_bytes(path, data.read())
    os.utime(path, (member.mtime, member.mtime))


def unpack_kept(paths: StudyPaths) -> None:
    """Unpack a study that is kept as its archive alone; one that stands there is left as it is."""
    if paths.archive.exists() and not paths.config.exists():
        unpack_raw(paths.archive, paths.root)
