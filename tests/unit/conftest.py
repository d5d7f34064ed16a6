"""This room starts no process, compiles nothing and serves nothing; a test that does belongs to tests/build."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REFUSED = {
    *("subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.system"),
    *("socket.bind", "socket.connect"),
}


class Room:
    """Refuses what the room may not do while one of its tests runs, the fixtures that it asks for included."""

    def __init__(self) -> None:
        self.is_entered = False
        # An audit hook sees every way to a process, and cannot be taken back: hence the switch.
        sys.addaudithook(self.audit)

    def audit(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self.is_entered and event in REFUSED:
            raise AssertionError(f"{event} in tests/unit: what builds, starts or serves belongs to tests/build")


ROOM = Room()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Close the room around each of its tests; pytest asks every conftest about every test."""
    ROOM.is_entered = item.path.is_relative_to(Path(__file__).parent)
    try:
        return (yield)
    finally:
        ROOM.is_entered = False


@pytest.fixture(autouse=True)
def counted_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scikit-learn would start a program that counts the cores."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
