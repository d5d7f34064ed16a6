"""The machine's lock stands where every user may write: nobody may make it write elsewhere."""

import json
import os

import pytest
from servebench.errors import ServebenchError
from servebench.trial.machine_lock import _describe, machine_lock


def test_a_link_in_the_locks_place_is_refused_and_its_target_kept(tmp_path):
    target = tmp_path / "precious"
    target.write_text("kept")
    (tmp_path / "lock").symlink_to(target)
    with pytest.raises(ServebenchError, match="is a link"), machine_lock("x", tmp_path / "lock"):
        pass
    assert target.read_text() == "kept"


def test_the_lock_says_who_holds_it(tmp_path):
    with machine_lock("a trial", tmp_path / "lock") as waited_s:
        assert waited_s == 0.0
        assert json.loads((tmp_path / "lock").read_text())["holder"] == "a trial"


@pytest.mark.parametrize("raw", [b'{"holder": "\\u001b[2J\\n", "pid": 1}', b"[]", b"\x00", b""])
def test_what_another_user_wrote_there_is_one_line(raw):
    assert _describe(raw).isprintable()


def test_whoever_makes_the_lock_makes_it_for_all_users(tmp_path):
    lock = tmp_path / "machine.lock"
    before = os.umask(0o077)
    try:
        with machine_lock("mine", lock) as waited_s:
            assert waited_s == 0.0
    finally:
        os.umask(before)
    assert lock.stat().st_mode & 0o777 == 0o666
