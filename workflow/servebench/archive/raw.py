"""The raw files of a study as one archive: all that its tables and its report can be made from again."""

import io
import lzma
import tarfile
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.files import write_bytes
from servebench.paths import LATENCY, MANIFEST, REPOSITORY, RESOURCES, RESULT, SERIES, STUDY_CONFIG, StudyPaths

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
    """Unpack an archive's files into a study's folder; raises ServebenchError where it is none."""
    try:
        with tarfile.open(archive, "r:xz") as stream:
            stream.extractall(folder, filter="data")
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise ServebenchError(f"{archive} is no archive of a study ({error}): fetch it again") from None


def unpack_kept(paths: StudyPaths) -> None:
    """Unpack a study that is kept as its archive alone; one that stands there is left as it is."""
    if paths.archive.exists() and not paths.config.exists():
        unpack_raw(paths.archive, paths.root)
