"""A job ends when the call of snakemake that started it has ended, in whatever way."""

import contextlib
import fcntl
import os
import signal
import threading
from pathlib import Path


def end_with_owner(lock: Path) -> None:
    """Interrupt this process once nobody holds its study's lock any more; without a lock nobody watches.

    The call that owns the study holds the lock alone. A thread waits in the kernel to share it, which costs nothing
    while a trial is measured; it then shares it until this process has ended, so that the next call waits for it.
    """

    def wait() -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(os.open(lock, os.O_RDONLY), fcntl.LOCK_SH)
            # The kernel gives it to the main thread.
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="owner watch", daemon=True).start()
