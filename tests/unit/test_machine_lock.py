"""The lock that all users of a machine share."""

import os

from servebench.trial.machine_lock import machine_lock


def test_whoever_makes_the_lock_makes_it_for_all_users(tmp_path):
    lock = tmp_path / "machine.lock"
    before = os.umask(0o077)
    try:
        with machine_lock("mine", lock) as waited_s:
            assert waited_s == 0.0
    finally:
        os.umask(before)
    assert lock.stat().st_mode & 0o777 == 0o666
