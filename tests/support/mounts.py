"""A small disk at a place of a test's, in memory or in a file, where this machine lets it be mounted."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

DISK_BYTES = 256 * 2**20


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """What stands in `folder` stands in memory meanwhile, with these options of tmpfs."""
    with _disk(folder, ["-t", "tmpfs", "-o", options, "tmpfs"]):
        yield


@contextmanager
def breaking_disk(folder: Path, image: Path) -> Iterator[None]:
    """What stands in `folder` stands on an ext4 disk in the file `image` meanwhile, which may break."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("no mkfs.ext4 on this machine")
    with image.open("wb") as stream:
        stream.truncate(DISK_BYTES)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    with _disk(folder, ["-o", "loop", str(image)]):
        (folder / "lost+found").rmdir()
        yield


def break_disk(folder: Path) -> None:
    """What ext4 does where its disk fails: from now on it can only be read, whoever has files open there."""
    subprocess.run(["sync", "--file-system", str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,abort", str(folder)], check=True)


def mend_disk(folder: Path, image: Path) -> None:
    """Mount it anew, which ext4 demands then."""
    subprocess.run(["umount", str(folder)], check=True)
    mount("-o", "loop", str(image), str(folder))


@contextmanager
def _disk(folder: Path, what: Sequence[str]) -> Iterator[None]:
    """What mount is told of a disk but its place; the test is skipped where it cannot be mounted."""
    aside = folder.with_name(f"{folder.name}-aside")
    folder.rename(aside)
    folder.mkdir()
    try:
        mount(*what, str(folder))
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
