"""Which processes are ended with their owner, however quickly they leave it."""

import pytest
from servebench.trial import watchdog
from servebench.trial.watchdog import MARK, kill_marked


@pytest.fixture
def proc(tmp_path, monkeypatch):
    """A stand-in for /proc in which a process that is killed ends."""

    def kill(pid, _sign):
        (tmp_path / str(pid) / "environ").unlink()
        (tmp_path / str(pid)).rmdir()

    monkeypatch.setattr(watchdog, "PROC", tmp_path)
    monkeypatch.setattr(watchdog.os, "kill", kill)
    return tmp_path


def add(proc, pid, mark):
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "environ").write_bytes(f"A=b\0{MARK}={mark}\0".encode())


def test_only_what_has_the_mark_is_ended(proc):
    for pid, mark in ((11, "ours"), (12, "theirs"), (13, "ours")):
        add(proc, pid, mark)
    assert kill_marked("ours") == 2
    assert [folder.name for folder in proc.iterdir()] == ["12"]


def test_the_child_of_one_that_ended_while_it_was_looked_at_is_found(proc, monkeypatch):
    # A daemon in the making: its first process is listed, and gone when it is read.
    (proc / "11").mkdir()
    looked = []
    look = watchdog._marked

    def look_then_fork(mark):
        found = look(mark)
        if not looked:
            (proc / "11").rmdir()
            add(proc, 12, "ours")
        looked.append(found)
        return found

    monkeypatch.setattr(watchdog, "_marked", look_then_fork)
    assert kill_marked("ours") == 1
    assert not list(proc.iterdir())


def test_on_a_machine_where_others_come_and_go_it_ends_soon(proc, monkeypatch):
    looked = []
    monkeypatch.setattr(watchdog, "_marked", lambda _: looked.append(1) or (set(), False))
    assert kill_marked("ours") == 0
    assert len(looked) == 2
