"""What was made is held against its hashes: each edit is found, and nothing is said of what has no list."""

import pytest
from servebench.analyse.raw import read_trials
from servebench.analyse.tables import read_table, write_tables
from servebench.errors import ServebenchError
from servebench.hashes import changed_files, forget_hashes, refuse_changed_study, write_hashes
from servebench.paths import StudyPaths
from support.trials import make_trial


@pytest.fixture
def folder(tmp_path):
    for name in ("a.json", "b c.csv"):
        (tmp_path / name).write_text(f"{name}\n")
    write_hashes(tmp_path, ["a.json", "b c.csv"])
    return tmp_path


def test_what_nobody_touched_is_as_it_was_made(folder):
    assert changed_files(folder) == []


@pytest.mark.parametrize("text", ["", "a.js", "a.json\n\n", "b c.csv\n"])
def test_an_edited_file_is_named(folder, text):
    (folder / "a.json").write_text(text)
    assert changed_files(folder) == [folder / "a.json"]
    assert changed_files(folder, {"b c.csv"}) == []


def test_a_missing_file_is_missing_and_not_edited(folder):
    (folder / "a.json").unlink()
    assert changed_files(folder) == []


def test_without_a_list_nothing_is_said(folder):
    (folder / "a.json").write_text("edited")
    forget_hashes(folder)
    forget_hashes(folder)
    assert changed_files(folder) == []


@pytest.mark.parametrize("kept", [10, 64, 66, 100])
def test_a_cut_list_is_one_line(folder, kept):
    path = folder / "SHA256SUMS"
    path.write_text(path.read_text()[:kept])
    with pytest.raises(ServebenchError, match=r"SHA256SUMS is cut: put it back") as caught:
        changed_files(folder)
    assert "\n" not in str(caught.value)


def test_an_edited_trial_is_not_read(tmp_path):
    result = make_trial(tmp_path, "a", 1, 100.0)
    write_hashes(result.parent, ["result.json", "latency.hlog"])
    assert len(read_trials([result])) == 1
    result.write_text(result.read_text().replace('"requests":300', '"requests":900'))
    edited = result.read_bytes()
    with pytest.raises(
        ServebenchError, match=r"result\.json was edited or cut after it was made.*put it back, or delete"
    ):
        read_trials([result])
    assert result.read_bytes() == edited


@pytest.mark.parametrize("name", ["cells.parquet", "cells.csv"])
def test_an_edited_table_is_not_read(tmp_path, name):
    tables = tmp_path / "s" / "tables"
    write_tables([make_trial(tmp_path, "a", 1, 100.0)], tables)
    path = tables / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        ServebenchError, match=rf"{name} was edited or cut.*`make report STUDY=s` makes the tables again"
    ):
        read_table(tables, "cells")
    assert len(read_table(tables, "trials")) == 1


@pytest.mark.parametrize(
    "place", ["models/m", "models/m/compiled", "wire/m/servebench-1", "build/m/crow", "generators/g"]
)
def test_a_study_goes_on_only_with_what_its_trials_were_made_with(tmp_path, place):
    paths = StudyPaths(tmp_path)
    made = tmp_path / place
    made.mkdir(parents=True)
    (made / "manifest.json").write_text("{}")
    refuse_changed_study(paths)
    write_hashes(made, ["manifest.json"])
    refuse_changed_study(paths)
    (made / "manifest.json").write_text('{"a": 1}')
    with pytest.raises(ServebenchError, match=rf"{place}/manifest\.json was edited or cut.*put it back, or delete"):
        refuse_changed_study(paths)
