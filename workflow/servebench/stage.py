"""The edge between Snakemake's jobs and the package: logs, messages, exit codes."""

import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

from servebench.errors import ServebenchError, describe_os_error
from servebench.live.events import JobBegan, JobEnded, tell
from servebench.owner_watch import end_with_owner
from servebench.paths import StudyPaths
from servebench.progress import CAMPAIGN, Expected, append_timeline, start_line
from servebench.signals import interrupt_on_ending
from servebench.terminal_stream import open_terminal
from servebench.texts import visible_lines
from servebench.times import settle_times
from servebench.words import Phase


@contextmanager
def stage(name: str, log: str | Path, phase: Phase | None = None) -> Iterator[TextIO]:
    """Run one job: all output goes to `log`, the user sees one line on failure; yields the terminal.

    A job with a `phase` says that it begins, and is noted in the study's timeline.
    SIGTERM, a closed terminal and the end of the call that started it are handled like Ctrl-C, so that the job's
    `finally` blocks run.
    """
    interrupt_on_ending()
    terminal = open_terminal(2)
    log = Path(log)
    try:
        _redirect_output(log)
    except OSError as error:
        _fail(terminal, f"servebench: {name}: {describe_os_error(error) or error}", 1)
    _show_notes(terminal)
    try:
        if CAMPAIGN in os.environ:
            end_with_owner(StudyPaths.of_log(log).lock)
        if phase is None:
            yield terminal
        else:
            with _noted(phase, name, log, terminal):
                yield terminal
        if CAMPAIGN in os.environ:
            settle_times(StudyPaths.of_log(log), has_trials=phase is Phase.REPORT)
    except ServebenchError as error:
        _fail(terminal, f"servebench: {error}", 1)
    except KeyboardInterrupt:
        _fail(terminal, f"servebench: {name} was interrupted; the next call continues from here", 130)
    except OSError as error:
        _print_traceback()
        _fail(terminal, f"servebench: {name}: {describe_os_error(error) or f'{error}; see {log}'}", 1)
    except Exception as error:
        _print_traceback()
        _fail(terminal, f"servebench: {name} failed: {type(error).__name__}: {error}; the traceback is in {log}", 1)


@contextmanager
def _noted(phase: Phase, name: str, log: Path, terminal: TextIO) -> Iterator[None]:
    """Say that a job of this campaign begins, and note when it has ended."""
    campaign = os.environ.get(CAMPAIGN)
    if campaign is None:
        # Started by hand.
        yield
        return
    paths = StudyPaths.of_log(log)
    started_unix_s = time.time()
    begun = JobBegan(phase, name, started_unix_s)
    tell(terminal, begun, start_line(phase, name, Expected.read(paths.expected, campaign)))
    is_done = False
    try:
        yield
        append_timeline(paths, campaign, phase, name, started_unix_s)
        is_done = True
    finally:
        tell(terminal, JobEnded(phase, name, time.time(), is_done))


def _redirect_output(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)


def _show_notes(terminal: TextIO) -> None:
    """What the package notes while it works, such as for whom it waits, reaches the terminal and the log."""
    for stream in (terminal, sys.stderr):
        logging.getLogger("servebench").addHandler(logging.StreamHandler(stream))


def _print_traceback() -> None:
    # A full disk has no room for it either.
    with suppress(OSError):
        traceback.print_exc()


def _fail(terminal: TextIO, message: str, code: int) -> NoReturn:
    message = visible_lines(message)
    print(message, file=terminal, flush=True)
    if not os.path.sameopenfile(terminal.fileno(), 2):
        with suppress(OSError):
            print(message, file=sys.stderr, flush=True)
    with suppress(OSError):
        sys.stdout.flush()
    # sys.exit would let Snakemake's preamble print a second message.
    os._exit(code)
