"""Writing so that a reader sees the whole file or none, and hashing."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from servebench.errors import ServebenchError


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically, making its folder if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, making its folder if needed."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically; not-a-number is an error, missing is null."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: Path, remedy: str = "delete it and run again, which makes it anew") -> Any:
    """The value that stands in the JSON file `path`.

    Raises ServebenchError with the `remedy` where the file is cut or is no JSON, and FileNotFoundError.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ServebenchError(f"{path} is cut or is no JSON: {remedy}") from None


def read_yaml(path: Path, remedy: str) -> Any:
    """The value that stands in the YAML file `path`.

    Raises ServebenchError with the `remedy` and the line where it is no YAML or no text, and FileNotFoundError.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ServebenchError(f"{path}{line}: this is no YAML ({error.problem or error.context}): {remedy}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ServebenchError(f"{path} is no text file: {remedy}") from None


def sha256_file(path: Path) -> str:
    """The SHA-256 of the bytes of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_parts(parts: Iterable[str | bytes]) -> str:
    """One SHA-256 over several parts, each preceded by its length so that no two lists collide."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def ensure_writable(folder: Path, size_bytes: int = 1) -> None:
    """Raise OSError where the disk of a folder takes no further file of this size; nothing is left of it."""
    with tempfile.TemporaryFile(dir=folder) as stream:
        stream.write(bytes(size_bytes))


def scratch_folder(cache: Path) -> Path:
    """Where folders stand that live as long as a call: inside the checkout, whose file system may run programs."""
    folder = cache / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
