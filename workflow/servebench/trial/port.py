"""The port of a server that is started here: free when it was chosen, perhaps taken before the server had it."""

import socket
from collections.abc import Callable
from typing import TypeVar

import psutil

from servebench.errors import ServebenchError
from servebench.trial.tree import tree_of

# So often a port is chosen; it is not taken twice in a row by chance.
MOST_PORTS = 5

Made = TypeVar("Made")


class PortTaken(ServebenchError):
    """Another process took the port between its choice and the server's start."""


def is_taken(host: str, port: int) -> bool:
    """Whether a process uses this port now; connections that have ended do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def listens(pid: int, port: int) -> bool:
    """Whether this process or one below it listens at the port; True where the system does not tell."""
    try:
        return any(port in _listening_ports(process) for process in tree_of(pid))
    except psutil.AccessDenied:
        return True


def _listening_ports(pid: int) -> set[int]:
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return set()
    return {found.laddr.port for found in connections if found.status == psutil.CONN_LISTEN}


def on_free_port(make: Callable[[], Made]) -> Made:
    """What `make` makes; where another process took its port, once more, on another one."""
    for _ in range(MOST_PORTS - 1):
        try:
            return make()
        except PortTaken:
            continue
    return make()
