"""Signals whose handler waits for a lock."""

import _thread
import signal
from types import FrameType


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
