"""Ends process groups when their owner dies: even SIGKILL of the harness leaves no server behind.

Run as a script. Reads a process group's number a line; at the end of its input (the owner closed it
or died) it kills every group it was told of.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Wait for the owner's end, then kill the groups."""
    # Its owner's Ctrl-C must not end it before the groups are ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups = [int(line) for line in sys.stdin]
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
