import errno
import os

import pytest
from servebench.errors import ServebenchError
from servebench.trial import store
from servebench.trial.store import partial_folder


@pytest.fixture
def folders(tmp_path):
    """A trial's folder, and where the logs of a failed one are kept."""
    return tmp_path / "1", tmp_path / "logs" / "1"


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "the disk")


def test_what_failed_is_said_with_the_log_that_is_kept(folders):
    folder, logs = folders

    def fail():
        with partial_folder(folder, logs) as partial:
            (partial / "server.log").write_text("why")
            raise ServebenchError(f"the server ended; see {partial / 'server.log'}")

    with pytest.raises(ServebenchError, match="the server ended; see") as caught:
        fail()
    assert str(caught.value).endswith(f"see {logs / 'server.log'}")
    assert (logs / "server.log").read_text() == "why"
    assert list(folder.parent.iterdir()) == [logs.parent]


def test_a_program_that_had_no_room_is_said_to_have_had_none(folders, monkeypatch):
    monkeypatch.setattr(store, "ensure_writable", full)

    def fail():
        with partial_folder(*folders):
            raise ServebenchError("the generator failed (code 1): it printed nothing")

    with pytest.raises(OSError, match="No space left on device"):
        fail()
    assert not list(folders[0].parent.iterdir())


def test_logs_without_room_do_not_keep_the_half_of_a_trial(folders, monkeypatch):
    monkeypatch.setattr(store.shutil, "copy2", full)

    def fail():
        with partial_folder(*folders) as partial:
            (partial / "server.log").write_text("why")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in folders[0].parent.iterdir()] == ["logs"]
