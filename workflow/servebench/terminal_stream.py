"""The terminal that a job speaks to, which may be closed while the job works."""

import os
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO


class _MayGo(TextIOWrapper):
    """A stream whose reader may go: what is written then is lost, and nobody fails."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def open_terminal(descriptor: int) -> TextIO:
    """A stream of lines to a copy of this descriptor."""
    return _MayGo(os.fdopen(os.dup(descriptor), "wb"), encoding="utf-8", line_buffering=True)
