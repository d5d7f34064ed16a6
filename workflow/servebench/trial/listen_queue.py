"""Connections that a server has not accepted yet: the receive queue of its listening socket (proc_net(5)), on Linux."""

from collections.abc import Iterable
from itertools import islice

from servebench.trial.tree import PROC

LISTENING = "0A"


def read_listen_queue(pid: int, port: int) -> int | None:
    """Connections waiting at `port` in a process's network; None where nobody listens there or it is not told."""
    queues: list[int] = []
    for name in ("tcp", "tcp6"):
        try:
            with (PROC / str(pid) / "net" / name).open(encoding="ascii") as lines:
                queues += queue_lengths(lines, port)
        except OSError:
            continue
    return sum(queues) if queues else None


def queue_lengths(lines: Iterable[str], port: int) -> list[int]:
    """The queue of each socket that listens at `port`, from the lines of /proc/net/tcp.

    The kernel lists those that listen first: of a busy server's thousands of connections none is read.
    """
    found = []
    for line in islice(lines, 1, None):
        _number, local, _remote, state, queues = line.split()[:5]
        if state != LISTENING:
            break
        if int(local.rpartition(":")[2], 16) == port:
            found.append(int(queues.partition(":")[2], 16))
    return found
