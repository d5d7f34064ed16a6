"""Whether an archive is what it says: its hashes, and all that is made of its raw files, made again."""

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ValidationError

from servebench.archive.container import SHOWN, changed_files, read_container
from servebench.archive.content import PLOTS, TABLES
from servebench.archive.rebuild import rebuild
from servebench.config import load_config
from servebench.errors import ServebenchError
from servebench.paths import PROVENANCE, RAW, STUDY_CONFIG, StudyPaths
from servebench.report.provenance import installed_packages
from servebench.texts import visible

NEEDED = (STUDY_CONFIG, RAW, PROVENANCE)


def verify_archive(archive: Path) -> list[str]:
    """One line for each thing that is not as the archive says; nothing is measured.

    Raises ServebenchError where the file is no archive of a study.
    """
    files = read_container(archive)
    for name in NEEDED:
        if name not in files:
            raise ServebenchError(f"{archive} has no {name}: it was not made by `make archive`")
    # What is made of changed raw files would say nothing.
    return changed_files(files) or _made_otherwise(files)


def _made_otherwise(files: Mapping[str, bytes]) -> list[str]:
    """What is made otherwise here, and last which other versions may be why."""
    made = _made_again(files)
    of_raw = {name for name in files if name.startswith((TABLES, PLOTS))} | made.keys()
    lines = [_difference(name, files, made) for name in sorted(of_raw) if files.get(name) != made.get(name)]
    return [*lines, *_other_versions(_read_provenance(files[PROVENANCE]))] if lines else []


def _difference(place: str, files: Mapping[str, bytes], made: Mapping[str, bytes]) -> str:
    name = visible(place, SHOWN)
    if place not in files:
        return f"{name}: made from the raw files, and not in the archive"
    if place not in made:
        return f"{name}: in the archive, and not made from the raw files"
    return f"{name}: made again from the raw files, it is another one"


def _made_again(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The config and all that is made of the raw files, but the provenance: it names the packages of here."""
    with TemporaryDirectory(prefix="servebench-") as scratch:
        raw, config = Path(scratch) / RAW, Path(scratch) / STUDY_CONFIG
        raw.write_bytes(files[RAW])
        config.write_bytes(files[STUDY_CONFIG])
        paths = StudyPaths(Path(scratch) / "of" / load_config(config).study)
        made = {**rebuild(raw, paths), STUDY_CONFIG: paths.config.read_bytes()}
    return {name: data for name, data in made.items() if name != PROVENANCE}


class _Provenance(BaseModel):
    """What is read of an archive's provenance."""

    python: str
    packages: dict[str, str]


def _read_provenance(data: bytes) -> _Provenance:
    try:
        return _Provenance.model_validate_json(data)
    except ValidationError:
        raise ServebenchError(f"{PROVENANCE} of the archive cannot be read: `make archive` did not make it") from None


def _other_versions(provenance: _Provenance) -> list[str]:
    """One line of what has another version here than where the archive was made."""
    here = {"python": sys.version.split()[0], **installed_packages()}
    there = {"python": provenance.python, **provenance.packages}
    others = [
        f"{name} {there[name]}, here {here[name]}" for name in there if here.get(name, there[name]) != there[name]
    ]
    told = visible("; ".join(others))
    return [f"this may be why: the archive was made with {told}"] if others else []
