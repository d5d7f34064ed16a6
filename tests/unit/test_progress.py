import dataclasses
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.json_lines import TAIL_BYTES, append_json_line
from servebench.paths import StudyPaths
from servebench.progress import (
    JOB_START_S,
    SO_FAR,
    Expected,
    Progress,
    append_timeline,
    campaign_lines,
    format_duration,
    phases_took,
    start_line,
)
from servebench.words import Phase

PHASES = {Phase.PREPARE: 10.0, Phase.BUILD: 40.0, Phase.CALIBRATE: 60.0, Phase.TRIALS: 100.0, Phase.REPORT: 9.0}
CELL = ("m", "s", "g", "users-1")


def expected(started_unix_s=1000.0):
    return Expected("now", started_unix_s, PHASES, {"m/s/g/users-1": 10.0})


def after(*trials):
    """The progress after trials of 10 s, each by what it took; None where it had no load."""
    found = Progress()
    for wall_s in trials:
        found = found.after(10.0, wall_s, 0 if wall_s is not None else None)
    return found


def test_before_the_trials_the_time_left_is_the_plan_without_what_has_passed():
    assert expected().left_s(Phase.PREPARE, 1000.0) == pytest.approx(219)
    assert expected().left_s(Phase.BUILD, 1030.0) == pytest.approx(189)


def test_a_phase_that_takes_too_long_takes_nothing_from_the_others():
    assert expected().left_s(Phase.BUILD, 1500.0) == pytest.approx(60 + 100 + 9)


def test_where_the_first_trials_were_not_measured_the_plan_still_holds():
    assert expected().left_s(Phase.TRIALS, 0.0, after(None, None)) == pytest.approx(8 * 10 + 9)


def test_trials_that_take_longer_than_planned_lengthen_what_is_left():
    assert expected().left_s(Phase.TRIALS, 0.0, after(20.0 - JOB_START_S, None)) == pytest.approx(8 * 20 + 9)


@given(st.floats(0.2, 5.0), st.integers(1, 10))
def test_the_time_left_is_right_where_every_trial_is_as_much_slower(pace, made):
    progress = after(*[10.0 * pace - JOB_START_S] * made)
    assert expected().left_s(Phase.TRIALS, 0.0, progress) == pytest.approx((10 - made) * 10 * pace + 9)


def journal_line(campaign, progress):
    return {"campaign": campaign, SO_FAR: vars(progress)}


def test_the_sums_stand_in_the_last_line_of_the_campaign_however_long_the_journal_is(tmp_path):
    journal = tmp_path / "journal.jsonl"
    assert Progress.read(journal, "now") == Progress()
    for made in range(200):
        append_json_line(journal, journal_line("now", after(*[1.0] * made)))
    assert journal.stat().st_size > TAIL_BYTES
    assert Progress.read(journal, "now") == after(*[1.0] * 199)
    assert Progress.read(journal, "next") == Progress()
    # A killed process left the very last line cut: the next one stands by itself.
    with journal.open("a") as stream:
        stream.write('{"campaign": "now", "so_')
    assert Progress.read(journal, "now").made == 199
    append_json_line(journal, journal_line("now", after(*[1.0] * 200)))
    assert Progress.read(journal, "now").made == 200
    assert len(campaign_lines(journal, "now")) == 201


def test_the_seconds_of_a_trial_are_its_cells():
    assert expected().trial_s(CELL) == 10.0
    assert expected().trial_s(("m", "another", "g", "users-1")) == 0.0


def test_what_was_expected_is_read_back_by_its_own_campaign_only(tmp_path):
    path = tmp_path / "expected.json"
    assert Expected.read(path, "now") is None
    expected().write(path)
    assert Expected.read(path, "now") == expected()
    assert Expected.read(path, "before") is None


def test_a_phase_takes_from_the_end_of_those_before_it_to_its_own_last_end():
    timeline = [
        {"phase": "CALIBRATE", "ended_unix_s": 1002.0},  # listening comes first
        {"phase": "BUILD", "ended_unix_s": 1030.0},
        {"phase": "PREPARE", "ended_unix_s": 1010.0},
        {"phase": "BUILD", "ended_unix_s": 1050.0},
        {"phase": "CALIBRATE", "ended_unix_s": 1100.0},
        {"phase": "REPORT", "ended_unix_s": 1210.0},
    ]
    took = phases_took(1000.0, timeline, [{"ended_unix_s": 1150.0}, {"ended_unix_s": 1200.0}])
    assert took == {Phase.PREPARE: 10, Phase.BUILD: 40, Phase.CALIBRATE: 50, Phase.TRIALS: 100, Phase.REPORT: 10}
    assert phases_took(1000.0, timeline[:1], []) == {Phase.CALIBRATE: 2}


def test_a_job_says_its_phase_and_the_time_left_of_the_whole():
    begun = expected(started_unix_s=time.time())
    assert start_line(Phase.BUILD, "building crow", begun) == "[2/5] building crow  (3 min 39 s left)"
    assert start_line(Phase.REPORT, "drawing the plots", begun) == "[5/5] drawing the plots"
    assert start_line(Phase.BUILD, "building crow", None) == "[2/5] building crow"


def test_the_timeline_holds_the_jobs_of_each_campaign_and_survives_a_cut_line(tmp_path):
    paths = StudyPaths(tmp_path)
    assert campaign_lines(paths.timeline, "now") == []
    paths.timeline.write_text('{"campaign": "now", "pha\n')
    append_timeline(paths, "before", Phase.PREPARE, "training m", 1.0)
    append_timeline(paths, "now", Phase.BUILD, "building crow", 2.0)
    (found,) = campaign_lines(paths.timeline, "now")
    assert (found["phase"], found["job"], found["started_unix_s"]) == ("BUILD", "building crow", 2.0)
    assert json.loads(paths.timeline.read_text().splitlines()[-1]) == found


def test_a_jobs_log_tells_its_study(tmp_path):
    study = StudyPaths(tmp_path)
    assert StudyPaths.of_log(study.log("build", "model", "crow")) == study


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (65, "1 min 5 s"), (7200, "2 h 0 min")])
def test_durations_read_well(seconds, text):
    assert format_duration(seconds) == text


def test_a_clock_that_was_set_back_does_not_lengthen_the_run():
    assert expected().left_s(Phase.PREPARE, 1000.0 - 3600.0) == pytest.approx(219)


@pytest.mark.parametrize(("step_s", "is_timed"), [(0.0, True), (5.0, True), (3600.0, False), (-3600.0, False)])
def test_a_run_in_which_the_clock_was_set_is_not_timed(step_s, is_timed):
    begun = dataclasses.replace(expected(), started_monotonic_s=50.0)
    assert begun.is_timed(1000.0 + 300.0 + step_s, 50.0 + 300.0) == is_timed
    # A run of before tells no such clock.
    assert expected().is_timed(1000.0 + step_s, 0.0)
