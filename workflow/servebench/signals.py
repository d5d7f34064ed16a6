"""Signals whose handler waits for a lock, that come at a bad moment, or that end a job."""

import _thread
import contextlib
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
        signal.signal(number, lambda signum, _: arrived.append(signum))
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
        for number in arrived:
            signal.raise_signal(number)


class Interruption:
    """The first signal that ends a job raises KeyboardInterrupt; those after it do not disturb its `finally` blocks."""

    def __init__(self) -> None:
        self._descendants: list[psutil.Process] = []

    def arm(self) -> None:
        """Begin; what this process was started to ignore (nohup, a job in the background) it ignores further."""
        for number in ENDING:
            if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._interrupt)

    def end_descendants(self) -> None:
        """Kill what is left of the processes that were below this one when it was interrupted, such as compilers."""
        for process in self._descendants:
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> NoReturn:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        # Now: once its parent is ended, nothing tells whose a process was.
        with contextlib.suppress(psutil.Error):
            self._descendants = psutil.Process().children(recursive=True)
        raise KeyboardInterrupt
