import os

from servebench.times import settle_times


def make(folder, name, at_s):
    path = folder / name
    path.write_text(name)
    os.utime(path, (at_s, at_s))
    return path


def test_what_was_made_after_a_clock_was_set_back_is_as_new_as_what_it_was_made_of(tmp_path):
    model, package, trial = (make(tmp_path, name, at_s) for name, at_s in (("m", 9000), ("b", 5400), ("t", 5500)))
    settle_times([([model], [package]), ([package], [trial])])
    assert [path.stat().st_mtime for path in (model, package, trial)] == [9000, 9000, 9000]


def test_what_is_newer_already_or_missing_is_left_alone(tmp_path):
    old, new = make(tmp_path, "old", 1000), make(tmp_path, "new", 2000)
    settle_times([([old, tmp_path / "gone"], [new, tmp_path / "lost"]), ([], [old])])
    assert (old.stat().st_mtime, new.stat().st_mtime) == (1000, 2000)
    assert not (tmp_path / "lost").exists()
