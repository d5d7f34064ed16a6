"""Cgroups that a test makes, of whichever version this system lets it make, and runs a command in."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path("/sys/fs/cgroup")
# What is limited, by version: the controller's folder in version 1, the file, and its text.
FILES = {
    "cpu": (("cpu", "cpu.cfs_quota_us", "{:.0f}"), ("", "cpu.max", "{:.0f} 100000")),
    "memory": (("memory", "memory.limit_in_bytes", "{:.0f}"), ("", "memory.max", "{:.0f}")),
    "cpuset": (("cpuset", "cpuset.cpus", "{:.0f}"), ("", "cpuset.cpus", "{:.0f}")),
}


@contextlib.contextmanager
def limited(**limits: float) -> Iterator[list[Path]]:
    """Groups with these limits, to be joined by `joined`; the test is skipped where they cannot be made.

    `cpu` is in microseconds of each 100,000, `memory` in bytes, `cpuset` one CPU's number.
    """
    made: list[Path] = []
    try:
        for controller, limit in limits.items():
            folder = _make(controller, limit, made)
            if folder is None:
                pytest.skip(f"cannot make a cgroup with a limit of {controller} here: it needs rights that few have")
        yield made
    finally:
        for folder in made:
            _remove(folder)


def _make(controller: str, limit: float, made: list[Path]) -> Path | None:
    for below, file, text in FILES[controller]:
        folder = ROOT / below / f"servebench-test-{os.getpid()}-{controller}"
        with contextlib.suppress(OSError):
            if not (ROOT / below / "cgroup.procs").exists():
                continue
            folder.mkdir(exist_ok=True)
            made.append(folder)
            if controller == "cpuset" and below:
                # Version 1 has no CPUs and no memory until it is told.
                (folder / "cpuset.mems").write_text((ROOT / below / "cpuset.mems").read_text())
            (folder / file).write_text(text.format(limit))
            return folder
    return None


def _remove(folder: Path) -> None:
    """Remove a group; what is left in it has a moment to end."""
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        with contextlib.suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.1)


def joined(command: list[str], groups: list[Path]) -> list[str]:
    """A command that runs in these groups, with all that it starts."""
    joins = "".join(f"echo $$ > {group}/cgroup.procs; " for group in groups)
    return ["sh", "-c", f'{joins}exec "$@"', "sh", *command]
