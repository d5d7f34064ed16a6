"""Drawing begins: all that this process and its jobs print goes to the process that draws, until this one ends."""

import atexit
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from servebench.live.events import DRAWN, MARK, READY
from servebench.paths import StudyPaths

# It imports what it needs before the first job listens to the machine.
READY_S = 10.0
END_S = 5.0
LAST_WORDS_S = 0.5
# Where one of these is set, or the terminal is such a one, plain lines are wanted.
PLAIN = ("CI", "NO_COLOR")
PLAIN_TERMINALS = ("", "dumb", "unknown")
SHOW_CURSOR = b"\x1b[?25h\n"


def is_wanted(environment: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether somebody looks at a terminal that can show a table."""
    is_plain = any(environment.get(name) for name in PLAIN) or environment.get("TERM", "") in PLAIN_TERMINALS
    return is_terminal and not is_plain


def is_terminal() -> bool:
    """Whether both outputs of this process are terminals."""
    return all(os.isatty(number) for number in (1, 2))


def start_drawing(paths: StudyPaths, campaign: str) -> None:
    """Let a process of its own draw this run; where it does not start, plain lines it is."""
    run, write_end = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "servebench.live.draw", str(paths.root), campaign],
        stdin=run,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    if not _is_ready(process):
        process.kill()
        os.close(run)
        os.close(write_end)
        return
    terminal = os.dup(2)
    _print_to(write_end)
    os.close(write_end)
    os.environ[DRAWN] = "1"
    watcher = threading.Thread(target=_stand_in, args=(process, run, terminal), daemon=True)
    watcher.start()
    atexit.register(_end, watcher, process, terminal)


def _is_ready(process: subprocess.Popen[bytes]) -> bool:
    assert process.stdout is not None
    said, _, _ = select.select([process.stdout], [], [], READY_S)
    return bool(said) and process.stdout.read(1) == READY


def _print_to(file: int) -> None:
    """Let both outputs of this process, and of its jobs to come, go there."""
    sys.stdout.flush()
    sys.stderr.flush()
    for number in (1, 2):
        os.dup2(file, number)


def _stand_in(process: subprocess.Popen[bytes], run: int, terminal: int) -> None:
    """Where the process that draws was killed print the text in its place: who prints must neither wait nor fail."""
    with os.fdopen(run, "rb", buffering=0) as lines:
        if process.wait() == 0:
            return
        os.environ.pop(DRAWN, None)
        # It has hidden the cursor.
        text = SHOW_CURSOR
        while text:
            with suppress(OSError):
                os.write(terminal, text_of(text))
            text = lines.read(65_536)


def text_of(data: bytes) -> bytes:
    """What of the lines is no event."""
    return b"".join(line for line in data.splitlines(keepends=True) if not line.startswith(MARK.encode()))


def _end(watcher: threading.Thread, process: subprocess.Popen[bytes], terminal: int) -> None:
    """Give the terminal back, and wait until the last picture is gone."""
    _print_to(terminal)
    watcher.join(END_S)
    if watcher.is_alive():
        # A process that was left behind still could print: nobody waits for it.
        process.kill()
        watcher.join(LAST_WORDS_S)
