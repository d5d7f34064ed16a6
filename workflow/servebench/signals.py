"""Signals whose handler waits for a lock, that come at a bad moment, or that end a job."""

import _thread
import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import psutil

# Ctrl-C, `kill` and batch systems, a terminal that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def defer_signal(number: signal.Signals) -> None:
    """Let a thread of its own call the handler that `number` has now, if it has one.

    Python runs handlers in the main thread. One that waits for a lock, as Snakemake's does for its scheduler's,
    hangs for ever where the main thread holds that lock; in a thread of its own it waits until the lock is free.
    """
    handler = signal.getsignal(number)
    if not callable(handler):
        return

    def start_thread(signum: int, frame: FrameType | None) -> None:
        # Unlike threading.Thread, this takes no lock that the interrupted code may hold.
        _thread.start_new_thread(handler, (signum, frame))

    signal.signal(number, start_thread)


@contextmanager
def held_signals() -> Iterator[None]:
    """Let the signals that end a job wait: one that arrives meanwhile is handled at the end.

    It is done by handlers, not by the thread's mask: the kernel would give the signal to another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        # No handler interrupts this thread.
        yield
        return
    arrived: list[int] = []
    handlers = {number: signal.getsignal(number) for number in ENDING}
    replaced = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in replaced:
        signal.signal(number, lambda came, _: arrived.append(came))
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
        for signum in arrived:
            signal.raise_signal(signum)


def interrupt_on_ending() -> None:
    """Let the first signal that ends a job raise KeyboardInterrupt; those after it do not disturb its `finally` blocks.

    What this process was started to ignore (nohup, a job in the background) it ignores further.
    """
    for number in ENDING:
        if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    # Now: once its parent is ended, nothing tells whose a process was.
    _kill_tools()
    raise KeyboardInterrupt


def _kill_tools() -> None:
    """Kill the processes below this one, such as compilers; one of a session of its own is ended by who started it."""
    stopped: list[psutil.Process] = []
    while new := [process for process in _descendants() if process not in stopped]:
        # One that runs could start another while the list is made.
        for process in new:
            with contextlib.suppress(psutil.Error):
                process.suspend()
        stopped += new
    for process in stopped:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _descendants() -> list[psutil.Process]:
    """The processes below this one in its session."""
    with contextlib.suppress(psutil.Error):
        return [process for process in psutil.Process().children(recursive=True) if _is_of_session(process)]
    return []


def _is_of_session(process: psutil.Process) -> bool:
    try:
        return os.getsid(process.pid) == os.getsid(0)
    except OSError:
        return False
