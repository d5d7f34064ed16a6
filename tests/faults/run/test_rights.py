"""What may not be written: root, who may all, does without that right for these tests."""

import os
import shutil
import subprocess

import pytest

# Root with neither right is as any user is.
WITHOUT = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]


def run_without_rights(study):
    """Run a study as one to whom rights matter."""
    before = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may all, and there is no setpriv here")
        before = WITHOUT
    return subprocess.run(
        [*before, *study.checkout.command(*study.arguments())],
        cwd=study.folder,
        env=study.checkout.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


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
