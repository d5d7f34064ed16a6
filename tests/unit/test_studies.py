import fcntl
import json
import os
import time

import pytest
from servebench.clean import clean
from servebench.config import dump_config
from servebench.errors import ServebenchError
from servebench.files import write_text
from servebench.paths import StudyPaths
from servebench.studies import NOTHING, studies_text
from support.packages import default_config

NOW = 1_000_000.0


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def add_study(results, name, trials=0, ended_unix_s=None):
    """A study of ten trials of which so many were made."""
    paths = StudyPaths(results / name)
    config = default_config(study=name, systems=["crow"], rates=[], also=[], repeats=10)
    write_text(paths.config, dump_config(config))
    for repeat in range(1, trials + 1):
        write_text(paths.trial("digits-boosting", "crow", "native", "users-64", repeat) / "result.json", "{}")
    if ended_unix_s is not None:
        write_text(paths.journal, json.dumps({"ended_unix_s": ended_unix_s}) + "\n")
    return paths


def lines(results):
    return [line.split("  ") for line in studies_text(results, NOW).splitlines()]


def test_each_study_says_how_far_it_is_and_how_old(results):
    add_study(results, "whole", 10, NOW - 90.0)
    add_study(results, "begun", 3, NOW - 3 * 86_400)
    add_study(results, "built")
    write_text(results / "kept" / "raw.tar.xz", "x" * 2_000_000)
    write_text(results / "no-study" / "notes.txt", "")
    table = {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in lines(results)}
    assert table["whole"] == ["complete, 10 trials", "0.0 MB", "1 min 30 s ago"]
    assert table["begun"] == ["3 of 10 trials", "0.0 MB", "3 days ago"]
    assert table["built"] == ["0 of 10 trials", "0.0 MB"]
    assert table["kept"] == ["packed: `make report STUDY=kept` unpacks it", "2.0 MB"]
    assert "no-study" not in table


def test_without_a_study_the_list_says_how_to_get_one(results):
    assert studies_text(results) == NOTHING


def test_a_study_whose_config_is_broken_is_listed(results):
    write_text(add_study(results, "x").config, "study: [")
    assert "its config.yaml cannot be read" in studies_text(results)


def hold(paths):
    """What a snakemake process holds while it works."""
    paths.lock.write_text("4711")
    handle = os.open(paths.lock, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def test_a_study_that_is_worked_on_says_so_and_is_not_cleaned_under_its_process(results, tmp_path):
    handle = hold(add_study(results, "x", 1))
    try:
        assert "process 4711 works on it, 1 of 10 trials" in studies_text(results)
        with pytest.raises(ServebenchError, match="process 4711 works on study 'x'"):
            clean(tmp_path)
    finally:
        os.close(handle)
    assert "process" not in studies_text(results)


def test_cleaning_removes_what_was_left_and_no_study_with_a_trial(results, tmp_path):
    measured, built = add_study(results, "measured", 1), add_study(results, "built")
    write_text(results / "kept" / "raw.tar.xz", "")
    write_text(tmp_path / ".snakemake" / "log", "x" * 2_000_000)
    partial = measured.trial("digits-boosting", "crow", "native", "users-64", 1).parent / ".2.partial"
    write_text(partial / "server.log", "")
    old, young = (tmp_path / ".cache" / "scratch" / name for name in ("old", "young"))
    for folder in (old, young):
        write_text(folder / "x", "")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    assert clean(tmp_path) == [
        "removed .snakemake (2.0 MB)",
        "removed .cache/scratch/old (0.0 MB)",
        f"removed {partial.relative_to(tmp_path)} (0.0 MB)",
        f"removed {built.root.relative_to(tmp_path)} (0.0 MB)",
    ]
    assert young.exists()
    assert measured.config.exists()
    assert (results / "kept").exists()
    assert clean(tmp_path) == []


def test_the_age_is_that_of_the_last_whole_line(results):
    paths = add_study(results, "begun", 1, NOW - 90.0)
    with paths.journal.open("a") as stream:
        stream.write('{"ended_unix_s": 99')
    assert "1 min 30 s ago" in studies_text(results, NOW)
