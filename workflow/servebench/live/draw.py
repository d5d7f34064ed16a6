"""The process that draws a run: `python -m servebench.live.draw STUDY_FOLDER CAMPAIGN`.

Its standard input is what all processes of the run print: events become one table, text stands above it. It ends when
nobody can print any more, so that neither Ctrl-C nor a kill leaves it behind.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from servebench.live.events import MARK, READY, decode
from servebench.live.state import RunState
from servebench.live.table import now_line, picture
from servebench.machine import can_pin, read_topology, spared_core
from servebench.paths import StudyPaths
from servebench.progress import Expected

# A picture takes 4 ms of a CPU here, the line below it half of one. Beside a trial or a calibration there is
# the line; pictures only in windows so long that they take no more than a thousandth.
PICTURE_EVERY_S = 0.5
LINE_EVERY_S = 1.0
PICTURE_BESIDE_TRIAL_EVERY_S = 10.0
LONG_WINDOW_S = 20.0
NICENESS = 10


class Lines:
    """Cuts what comes into lines; the last one waits for its end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that are whole now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        yield from (line.decode("utf-8", errors="replace") for line in lines)

    def rest(self) -> str:
        """What came without an end."""
        return self._rest.decode("utf-8", errors="replace")


def picture_pause_s(state: RunState) -> float | None:
    """How long to wait between two pictures; None where there is none."""
    if not state.is_measuring:
        return PICTURE_EVERY_S
    is_long = state.window is not None and state.window.duration_s >= LONG_WINDOW_S
    return PICTURE_BESIDE_TRIAL_EVERY_S if is_long else None


class Drawing:
    """The table in the terminal, and the text above it."""

    def __init__(self, terminal: TextIO, state: RunState) -> None:
        self._state = state
        self._terminal = terminal
        self._console = Console(file=terminal, force_terminal=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._text: list[str] = []
        self._pictured_s = -PICTURE_BESIDE_TRIAL_EVERY_S
        self._drawn_s = self._pictured_s

    def __enter__(self) -> "Drawing":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        self._print_text()

    def take(self, line: str) -> None:
        """Take a line that somebody printed."""
        event = decode(line)
        if event is not None:
            self._state = self._state.after(event)
        elif not line.startswith(MARK):
            self._text.append(line)

    def draw(self) -> float:
        """Draw what is due; how long nothing else is."""
        now_s = time.monotonic()
        pause_s = PICTURE_EVERY_S if self._text else picture_pause_s(self._state)
        if pause_s is not None and now_s >= self._pictured_s + pause_s:
            self._draw_picture()
            self._pictured_s = self._drawn_s = now_s
        elif now_s >= self._drawn_s + LINE_EVERY_S:
            self._draw_line()
            self._drawn_s = now_s
        due_s = self._drawn_s + LINE_EVERY_S
        return max(0.01, (due_s if pause_s is None else min(due_s, self._pictured_s + pause_s)) - time.monotonic())

    def _draw_line(self) -> None:
        """Write the last line of the picture anew, where the cursor stands."""
        line = now_line(self._state, time.time(), self._console.width)
        self._terminal.write(f"\r\x1b[1m{line}\x1b[0m\x1b[K")
        self._terminal.flush()

    def _draw_picture(self) -> None:
        size = self._console.size
        # Text that is printed takes the picture below it along.
        self._live.update(picture(self._state, time.time(), size.width, size.height), refresh=not self._text)
        self._print_text()

    def _print_text(self) -> None:
        if self._text:
            lines, self._text = self._text, []
            self._console.print(Text.from_ansi("\n".join(lines)), soft_wrap=True)


def draw_run(run: int, terminal: TextIO, expected: Expected) -> None:
    """Draw what is read from the file `run` until its end."""
    lines, wait_s = Lines(), 0.0
    with Drawing(terminal, RunState(expected)) as drawing:
        while True:
            ready, _, _ = select.select([run], [], [], wait_s)
            if ready:
                data = os.read(run, 65_536)
                if not data:
                    break
                for line in lines.feed(data):
                    drawing.take(line)
            wait_s = drawing.draw()
        if lines.rest():
            drawing.take(lines.rest())


def stand_aside() -> None:
    """Stay off every server's CPU, and behind whoever wants this one; the run's signals are not for this process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    if can_pin():
        os.sched_setaffinity(0, spared_core(read_topology()))


def main(root: str, campaign: str) -> None:
    """Say that it is ready, and draw to the end; where it cannot, the process that started it prints in its place."""
    stand_aside()
    expected = Expected.read(StudyPaths(Path(root)).expected, campaign)
    if expected is None:
        sys.exit(1)
    os.write(1, READY)
    try:
        draw_run(0, sys.stderr, expected)
    except Exception:
        # A terminal that is gone, say: nothing could be shown of it.
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
