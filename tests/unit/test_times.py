import os
import time

import pytest
from servebench.paths import StudyPaths
from servebench.times import settle_times

TRIAL = "trials/m/crow/native/users-1/1/result.json"


def make(paths, place, ahead_s):
    path = paths.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(place)
    os.utime(path, (time.time() + ahead_s,) * 2)
    return path


@pytest.mark.parametrize(
    "place", ["models/m/payloads.jsonl", "build/m/crow/manifest.json", "check/m/crow.json", "config.yaml"]
)
def test_what_a_clock_that_was_set_back_left_in_the_future_is_of_now(tmp_path, place):
    paths = StudyPaths(tmp_path)
    path = make(paths, place, 3600.0)
    settle_times(paths, has_trials=False)
    assert path.stat().st_mtime < time.time()
    assert path.read_text() == place


def test_what_is_of_the_past_or_hardly_ahead_is_left_alone(tmp_path):
    paths = StudyPaths(tmp_path)
    found = [make(paths, f"build/m/{name}/manifest.json", ahead_s) for name, ahead_s in (("a", -500.0), ("b", 5.0))]
    before = [path.stat().st_mtime_ns for path in found]
    settle_times(paths, has_trials=True)
    assert [path.stat().st_mtime_ns for path in found] == before


def test_trials_are_looked_at_where_a_job_is_given_them(tmp_path):
    paths = StudyPaths(tmp_path)
    path = make(paths, TRIAL, 3600.0)
    settle_times(paths, has_trials=False)
    assert path.stat().st_mtime > time.time()
    settle_times(paths, has_trials=True)
    assert path.stat().st_mtime < time.time()
