"""The terminal that a job speaks to, which may be closed while the job works."""

import io
import os
from typing import TextIO


class _MayGo(io.FileIO):
    """A file whose reader may go: what is written then is lost, and nobody fails."""

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            return super().write(data)
        except OSError:
            return len(data)


def open_terminal(descriptor: int) -> TextIO:
    """A stream of lines to a copy of this descriptor."""
    raw = _MayGo(os.dup(descriptor), "w")
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", line_buffering=True)
