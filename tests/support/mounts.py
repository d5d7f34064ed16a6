"""A small file system in memory at a place of a test's, where this machine lets it be mounted."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """What stands in `folder` stands on a disk of its own meanwhile; the test is skipped where none can be mounted."""
    aside = folder.with_name(f"{folder.name}-aside")
    folder.rename(aside)
    folder.mkdir()
    try:
        mount("-t", "tmpfs", "-o", options, "tmpfs", str(folder))
        try:
            subprocess.run(["cp", "-a", f"{aside}/.", str(folder)], check=True)
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()
        aside.rename(folder)


def mount(*arguments: str) -> None:
    """Mount, or skip the test with what the system says."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a small disk")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")


def fill(folder: Path, keep_bytes: int) -> Path:
    """Use up what is free on the disk of `folder`, but for so many bytes; returns the file that does."""
    ballast = folder / "ballast"
    free = os.statvfs(folder)
    with ballast.open("wb") as stream:
        for _ in range((free.f_bavail * free.f_frsize - keep_bytes) // 65536):
            stream.write(b"\0" * 65536)
    return ballast


def use_up_inodes(folder: Path) -> Path:
    """Make files until no more can be made; returns their folder."""
    many = folder / "many"
    many.mkdir()
    for number in range(os.statvfs(folder).f_favail):
        (many / str(number)).touch()
    return many
