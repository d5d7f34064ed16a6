"""What another process says over a pipe, line by line."""

import os
import select
import time
from collections.abc import Iterator

CHUNK_BYTES = 65_536


class PipeLines:
    """The lines that come from a pipe, each waited for; several may have come already."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._read = b""

    def next(self, patience_s: float) -> bytes | None:
        """The next line, what is left at the end of the pipe, or None where neither comes in time."""
        deadline_s = time.monotonic() + patience_s
        while b"\n" not in self._read:
            said, _, _ = select.select([self._descriptor], [], [], max(0.0, deadline_s - time.monotonic()))
            if not said:
                return None
            data = os.read(self._descriptor, CHUNK_BYTES)
            if not data:
                rest, self._read = self._read, b""
                return rest
            self._read += data
        line, end, self._read = self._read.partition(b"\n")
        return line + end

    def arrived(self) -> Iterator[bytes]:
        """The lines that have come already."""
        while line := self.next(0.0):
            yield line
