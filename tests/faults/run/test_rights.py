"""What may not be written: root, who may all, does without that right for these tests."""

import os
import shutil
import subprocess
import sys

import pytest

# Root with neither right is as any user is.
WITHOUT = [
    "setpriv",
    "--bounding-set",
    "-dac_override,-dac_read_search",
    "--inh-caps",
    "-dac_override,-dac_read_search",
]


def run_without_rights(study):
    """Run a study as one to whom rights matter."""
    before = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may all, and there is no setpriv here")
        before = WITHOUT
    return study.run(before, timeout_s=300)


@pytest.mark.parametrize(("place", "mode"), [("", 0o555), ("", 0o000), ("..", 0o555), ("trials", 0o555)])
def test_a_folder_without_the_right_to_write_is_one_line_with_the_remedy(
    place, mode, tiny, undisturbed, survives, tmp_path
):
    study = tiny().named(**({"study": "new"} if place == ".." else {}))
    folder = study.paths.root / place if place != ".." else study.paths.root.parent
    folder.mkdir(exist_ok=True)
    right = folder.stat().st_mode & 0o777
    with survives("no permission"):
        folder.chmod(mode)
        try:
            done = run_without_rights(study)
        finally:
            folder.chmod(right)
        assert done.returncode == 1
        assert "Permission denied: get the right to " in done.stdout, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        study.go_on()
        study.assert_as_without_fault({}, undisturbed, tmp_path)


HOLD = """
import fcntl, os, sys
from pathlib import Path
from servebench.trial.machine_lock import machine_lock

path = Path(sys.argv[1])
with machine_lock("mine", path), path.open("rb") as other:
    try:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("held")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a file of another user")
@pytest.mark.parametrize("mode", [0o644, 0o666])
def test_the_machine_is_locked_by_the_file_that_another_user_made(mode, survives, tmp_path):
    folder = tmp_path / "for-all"
    folder.mkdir()
    folder.chmod(0o1777)
    lock = folder / "machine.lock"
    lock.touch()
    lock.chmod(mode)
    os.chown(lock, 65534, 65534)
    with survives("a lock of another user"):
        command = [*WITHOUT, sys.executable, "-c", HOLD, str(lock)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout == "held\n", done.stderr
