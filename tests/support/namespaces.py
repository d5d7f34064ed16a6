"""Hosts made of network namespaces: each has a pair of virtual interfaces to this one, and its own machine lock."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from servebench.load_hosts.agent import OWN_LOCK
from servebench.load_hosts.network import LoadNetwork

# Of the range that is kept for tests of networks (RFC 2544).
SERVER = "198.18.0.1"
PREFIX = "servebench-test"


@dataclass(frozen=True)
class Hosts:
    """Namespaces as load hosts; a process in one of them has a folder for temporary files of its own."""

    names: list[str]
    folder: Path

    @property
    def network(self) -> LoadNetwork:
        """How the harness reaches them."""
        folder = f"{self.folder}/{{host}}"
        command = ["ip", "netns", "exec", "{host}", "env", f"TMPDIR={folder}", f"{OWN_LOCK}={folder}/machine.lock"]
        return LoadNetwork(self.names, command, SERVER)

    @property
    def config(self) -> dict[str, object]:
        """The same as keys of a config."""
        network = self.network
        return {
            "load_hosts": [*network.hosts],
            "load_host_command": [*network.command],
            "server_address": network.server_address,
        }

    def processes(self, name: str) -> list[int]:
        """The processes in a namespace."""
        return [int(number) for number in ip("netns", "pids", name).split()]


def ip(*words: str) -> str:
    """Run ip(8); raises RuntimeError with what it said."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


@contextmanager
def hosts_of(count: int, folder: Path) -> Iterator[Hosts]:
    """Make hosts that reach this one as SERVER; they are deleted in any case. Raises RuntimeError, OSError."""
    _remove_orphans()
    names = [f"{PREFIX}-{os.getpid()}-{number}" for number in range(1, count + 1)]
    try:
        for number, name in enumerate(names, start=1):
            _add(name, number)
            (folder / name).mkdir()
        yield Hosts(names, folder)
    finally:
        for name in names:
            _remove(name)


def _add(name: str, number: int) -> None:
    here, there = (f"{end}{name.removeprefix(PREFIX + '-')}" for end in ("sb", "st"))
    address = f"198.18.0.{number + 1}"
    ip("netns", "add", name)
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
    ip("address", "add", SERVER, "peer", address, "dev", here)
    ip("link", "set", here, "up")
    inside = ("-netns", name)
    ip(*inside, "address", "add", address, "peer", SERVER, "dev", there)
    ip(*inside, "link", "set", there, "up")
    ip(*inside, "link", "set", "lo", "up")


def _remove(name: str) -> None:
    """A namespace with its interfaces; what still runs in it is ended first, or it would live on without a name."""
    with suppress(RuntimeError):
        for number in ip("netns", "pids", name).split():
            with suppress(ProcessLookupError):
                os.kill(int(number), 9)
        ip("netns", "del", name)
    # The kernel removes the pair with its namespace, but not at once.
    with suppress(RuntimeError):
        ip("link", "del", f"sb{name.removeprefix(PREFIX + '-')}")


def _remove_orphans() -> None:
    """Those of tests that were killed."""
    for line in ip("netns", "list").splitlines():
        found = re.match(rf"({PREFIX}-(\d+)-\d+)\b", line)
        if found and not Path(f"/proc/{found[2]}").exists():
            _remove(found[1])
