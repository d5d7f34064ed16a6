import errno

import pytest
from servebench.errors import ServebenchError, describe_os_error
from servebench.files import read_json, write_json


def test_what_was_written_is_read(tmp_path):
    write_json(tmp_path / "x.json", {"a": [1, None]})
    assert read_json(tmp_path / "x.json") == {"a": [1, None]}


@pytest.mark.parametrize("content", [b"", b'{"a": [1', b"\xff\x00"])
def test_a_cut_file_is_one_line_with_the_callers_remedy(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(ServebenchError, match=r"x\.json is cut or is no JSON: delete it and run again"):
        read_json(path)
    with pytest.raises(ServebenchError, match=r"no JSON: the remedy$"):
        read_json(path, "the remedy")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "make room on that disk"),
        (errno.EROFS, "can only be read"),
        (errno.EACCES, "right to write"),
        (errno.ENOTDIR, "move it away"),
    ],
)
def test_what_the_system_refuses_carries_a_remedy(number, words):
    line = describe_os_error(OSError(number, "what", "the/place"))
    assert line is not None
    assert line.startswith("the/place: what: ")
    assert words in line


def test_what_has_no_remedy_is_left_to_the_caller():
    assert describe_os_error(OSError(errno.EPIPE, "broken pipe")) is None
