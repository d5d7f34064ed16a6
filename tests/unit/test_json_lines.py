import json

from servebench.json_lines import append_json_line, read_json_lines


def test_lines_are_read_as_they_were_added(tmp_path):
    path = tmp_path / "lines.jsonl"
    assert read_json_lines(path) == []
    append_json_line(path, {"a": 1})
    append_json_line(path, {"a": "ü"})
    assert read_json_lines(path) == [{"a": 1}, {"a": "ü"}]
    assert len(path.read_text().splitlines()) == 2


def test_a_line_that_was_cut_takes_none_with_it(tmp_path):
    path = tmp_path / "lines.jsonl"
    append_json_line(path, {"a": 1})
    whole = path.read_bytes()
    for cut in range(len(whole) - 1):
        path.write_bytes(whole + whole[:cut])
        append_json_line(path, {"a": 2})
        assert read_json_lines(path) == [{"a": 1}, {"a": 2}], cut
    path.write_bytes(whole + b'{"a": "\xc3')
    assert read_json_lines(path) == [{"a": 1}]


def test_what_is_no_object_is_no_line(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text(f"3\n[]\n\n{json.dumps({'a': 1})}\n")
    assert read_json_lines(path) == [{"a": 1}]
