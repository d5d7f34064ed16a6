"""A program in a terminal of its own, as a user has one."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# What moves the cursor, colours and hides; the text stays.
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
HIDE_CURSOR = "\x1b[?25l"
SHOW_CURSOR = "\x1b[?25h"
WITHOUT = ("CI", "NO_COLOR", "TERM", "COLUMNS", "LINES")


class Terminal:
    """A program whose three files are a terminal, which is its controlling one; what it shows is kept."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        width: int = 80,
        height: int = 24,
    ) -> None:
        self._mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        kept = {name: value for name, value in environment.items() if name not in WITHOUT}

        self.process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={**kept, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self._shown = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind where a test failed."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _read(self) -> None:
        try:
            while data := os.read(self._mine, 65_536):
                self._shown += data
        except OSError:
            # Linux says so where nobody has the other end any more.
            return

    @property
    def raw(self) -> str:
        """All that came, controls included."""
        return self._shown.decode(errors="replace")

    @property
    def text(self) -> str:
        """The same without controls: pictures stand one after the other."""
        return CONTROLS.sub("", self.raw)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._mine, keys.encode())

    def press_ctrl_c(self) -> None:
        """The terminal sends SIGINT to the group in front."""
        self.type("\x03")

    def await_text(self, words: str, patience_s: float = 30.0) -> None:
        """Wait until something was shown."""
        deadline = time.monotonic() + patience_s
        while words not in self.text:
            assert time.monotonic() < deadline, f"no '{words}' in:\n{self.text}"
            time.sleep(0.02)

    def end(self, patience_s: float = 120.0) -> int:
        """Wait until it has ended and all was shown; returns its code."""
        code = self.process.wait(patience_s)
        self._reader.join(10.0)
        os.close(self._mine)
        return code
