"""The file that holds an archive: a zip, the same bytes for the same content, with the hashes of all in it."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from servebench.errors import ServebenchError
from servebench.files import write_bytes
from servebench.paths import HASHES
from servebench.texts import visible

# The first moment that a zip can tell.
TIME = (1980, 1, 1, 0, 0, 0)
UNIX, READABLE = 3, 0o100644 << 16
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError)
BETWEEN = "  "
# All is held in memory; of a study packed it is far less.
MOST_BYTES = 2**30
MOST_FILES = 10_000
# Of a foreign name.
SHOWN = 80


def write_container(path: Path, files: Mapping[str, bytes]) -> None:
    """Write files, by their names, and their hashes, as `sha256sum --check` reads them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as stream:
        for name, data in sorted({**files, HASHES: hash_list(files)}.items()):
            member = zipfile.ZipInfo(name, TIME)
            member.create_system, member.external_attr = UNIX, READABLE
            member.compress_type = zipfile.ZIP_DEFLATED
            stream.writestr(member, data)
    write_bytes(path, buffer.getvalue())


def read_container(path: Path) -> dict[str, bytes]:
    """Its files by their names; raises ServebenchError where it is cut or is no archive of ours."""
    try:
        with zipfile.ZipFile(path) as stream:
            _refuse_hostile(path, stream.infolist())
            files = {name: stream.read(name) for name in stream.namelist()}
    except FileNotFoundError:
        raise ServebenchError(f"{path} does not exist: `make archive STUDY=x` makes one") from None
    except UNREADABLE as error:
        raise ServebenchError(f"{path} is cut or is no archive ({visible(str(error))}): fetch it again") from None
    if HASHES not in files:
        raise ServebenchError(f"{path} has no {HASHES}: it was not made by `make archive`")
    return files


def _refuse_hostile(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Raise ServebenchError where memory would be filled, or a name has two contents.

    No more is read of a member than it says.
    """
    if len({member.filename for member in members}) != len(members):
        raise ServebenchError(f"{path} holds a name twice: it was not made by `make archive`")
    if len(members) > MOST_FILES or sum(member.file_size for member in members) > MOST_BYTES:
        raise ServebenchError(f"{path} is larger than {MOST_BYTES / 2**30:g} GiB: no study is, nothing was unpacked")


def hash_list(files: Mapping[str, bytes]) -> bytes:
    """One line a file: its hash and its name."""
    return "".join(f"{sha256(data)}{BETWEEN}{name}\n" for name, data in sorted(files.items())).encode()


def changed_files(files: Mapping[str, bytes]) -> list[str]:
    """One line a file that is not what the list of hashes says: changed, missing or not named there."""
    told = {}
    for line in files[HASHES].decode(errors="replace").splitlines():
        digest, _, name = line.partition(BETWEEN)
        told[name] = digest
    lines = []
    for name in sorted((told.keys() | files.keys()) - {HASHES}):
        shown = visible(name, SHOWN)
        if name not in files:
            lines.append(f"{shown}: named in {HASHES}, and missing")
        elif name not in told:
            lines.append(f"{shown}: not named in {HASHES}")
        elif sha256(files[name]) != told[name]:
            lines.append(f"{shown}: its hash is not the one in {HASHES}")
    return lines


def sha256(data: bytes) -> str:
    """The hash of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
