"""Files that grow by a line of JSON each: a killed process or a full disk may leave one cut, which is none."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What of a file's end holds its last lines.
TAIL_BYTES = 16_384


def append_json_line(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line; it begins anew where the last one was cut."""
    with path.open("ab+") as stream:
        stream.seek(0, 2)
        if stream.tell() > 0:
            stream.seek(-1, 2)
            is_cut = stream.read(1) != b"\n"
        else:
            is_cut = False
        # One write: of two processes neither comes into the other's line.
        stream.write((("\n" if is_cut else "") + json.dumps(line) + "\n").encode())


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines, in their order; nothing where there is no such file."""
    return _parse(path.read_bytes()) if path.exists() else []


def last_json_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines in a file's last bytes, however long the file has become; nothing where there is no such file."""
    if not path.exists():
        return []
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
        # The first of them may lack its beginning, and is none then.
        return _parse(stream.read())


def _parse(content: bytes) -> list[dict[str, Any]]:
    lines = [_read_line(text) for text in content.decode("utf-8", errors="replace").splitlines()]
    return [line for line in lines if line]


def _read_line(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
