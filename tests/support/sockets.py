"""Where a server and all that it started listen, as the kernel tells."""

import contextlib
import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

# What the kernel calls a socket that accepts, and one of datagrams that is bound.
ACCEPTS = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}


def listeners(pid: int) -> set[tuple[str, str, int]]:
    """The protocol, the address and the port of each socket that a process, its children and its session listen at."""
    inodes = {inode for each in _tree(pid) for inode in _sockets(each)}
    return {(kind, address, port) for kind, address, port, inode in _open_sockets() if inode in inodes}


def beyond_loopback(pid: int) -> set[tuple[str, str, int]]:
    """Those that others than this machine can reach."""
    return {found for found in listeners(pid) if not _is_loopback(found[1])}


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _tree(pid: int) -> set[int]:
    """The process, its children, and whoever is in its session still."""
    found = {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
    for other in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(other) == pid:
                found.add(other)
    return found


def _sockets(pid: int) -> Iterator[str]:
    """The inodes of a process's sockets; nothing where it has ended."""
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    yield target[8:-1]


def _open_sockets() -> Iterator[tuple[str, str, int, str]]:
    for kind, state in ACCEPTS.items():
        path = Path("/proc/net") / kind
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            _, local, _, is_state, *rest = line.split()
            if is_state == state:
                address, _, port = local.partition(":")
                yield kind, _address(address), int(port, 16), rest[5]


def _address(text: str) -> str:
    """An address that the kernel writes in words of the machine's order."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
