"""Who leads a campaign: a process, whose number means something on its own host only."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NAMESPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True)
class Owner:
    """A process, and where its number names it."""

    pid: int
    place: str

    @classmethod
    def this_process(cls) -> "Owner":
        """The process that calls."""
        return cls(os.getpid(), process_place())

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """From its form in the environment."""
        pid, _, place = text.partition("@")
        return cls(int(pid), place)

    def __str__(self) -> str:
        return f"{self.pid}@{self.place}"

    @property
    def pid_here(self) -> int | None:
        """Its number, for asking and signalling; None on another host, where that is another process's."""
        return self.pid if self.place == process_place() else None


def process_place() -> str:
    """Where a process's number means the same: one start of one kernel, one namespace of processes."""
    try:
        return f"{BOOT_ID.read_text().strip()}/{NAMESPACE.readlink()}"
    except OSError:
        return platform.node()
