"""One trial at a time on a machine, over all studies, checkouts, users and jobs."""

import errno
import fcntl
import json
import logging
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from servebench.errors import ServebenchError
from servebench.texts import visible

NAME = "servebench-machine.lock"
# Folders of the whole machine, the first of which a job's own TMPDIR, or its private /tmp, does not hide.
SHARED_FOLDERS = (Path("/run/lock"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108
EVERYBODY = stat.S_ISVTX | stat.S_IRWXO
POLL_S = 0.1
# How long a load host's machine is waited for: two studies may wait for each other's.
PATIENCE_S = 600.0
# Of what the file says of its holder.
LONGEST = 300
LOGGER = logging.getLogger(__name__)


def lock_file(folders: Sequence[Path] = SHARED_FOLDERS) -> Path:
    """Where all users of a machine find the same lock: in the first folder that is open to everybody."""
    shared = (folder for folder in folders if _is_open_to_everybody(folder))
    return next(shared, Path(tempfile.gettempdir())) / NAME


def _is_open_to_everybody(folder: Path) -> bool:
    try:
        return folder.stat().st_mode & EVERYBODY == EVERYBODY
    except OSError:
        return False


LOCK = lock_file()


@contextmanager
def machine_lock(holder: str, path: Path = LOCK, patience_s: float | None = None) -> Iterator[float]:
    """Hold the machine; yields the seconds that were waited. Who waits says for whom, once.

    Raises ServebenchError after `patience_s`, None waits for ever. The kernel frees the lock when its holder ends, in
    whatever way.
    """
    handle = _open(path)
    try:
        waited_s = _acquire(handle, patience_s)
        # The file of another user may only be locked, unless it says that all may write.
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "holder": holder}).encode(), 0)
        yield waited_s
    finally:
        os.close(handle)


def lock_holder(path: Path = LOCK) -> dict[str, Any] | None:
    """The process that holds the machine, or held it last, and what for; None where there was none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _open(path: Path) -> int:
    """Open the lock, or make it for all users; raises ServebenchError where somebody put a link in its place."""
    try:
        # Without O_CREAT: in a folder for all users the kernel refuses it for what another one made.
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        # Whatever the umask took from it; not possible where another user has just made it.
        with suppress(OSError):
            os.fchmod(handle, 0o666)
        return handle
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ServebenchError(f"{path} is a link, which no lock of ours is: remove it, and ask who made it") from None


def _acquire(handle: int, patience_s: float | None) -> float:
    started = time.monotonic()
    has_said = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return time.monotonic() - started if has_said else 0.0
        except BlockingIOError:
            whose = _describe(os.pread(handle, 4096, 0))
            if patience_s is not None and time.monotonic() - started > patience_s:
                raise ServebenchError(f"waited {patience_s:g} s for the machine: {whose}; run again later") from None
            if not has_said:
                LOGGER.warning("waiting for the machine: %s", whose)
                has_said = True
            time.sleep(POLL_S)


def _describe(raw: bytes) -> str:
    try:
        value = json.loads(raw)
        return visible(f"{value['holder']} (process {value['pid']}) is being measured", LONGEST)
    except (ValueError, KeyError, TypeError):
        return "another trial is being measured"
