import pytest
from servebench.live.draw import LONG_WINDOW_S, PICTURE_EVERY_S, Lines, picture_pause_s
from servebench.live.events import JobBegan, TrialBegan, WindowBegan
from servebench.progress import JOB_START_S
from servebench.trial.onlooker import LoadSecond
from servebench.words import Phase
from support.runs import BEFORE_TRIALS, CELL, LISTENED, PHASES, job, run, trial


def left(state, now_s):
    return {stage.phase: stage.left_s for stage in state.stages(now_s)}


def test_before_the_first_job_the_time_left_is_the_plan():
    assert left(run(), 0.0) == PHASES


def test_listening_which_comes_first_does_not_end_the_stages_before_the_calibration():
    stages = {stage.phase: stage for stage in run(*LISTENED).stages(3.0)}
    assert not stages[Phase.PREPARE].is_over
    assert (stages[Phase.CALIBRATE].ended, stages[Phase.CALIBRATE].took_s) == (1, 0.0)


def test_a_stage_took_from_the_end_of_those_before_it():
    stages = {stage.phase: stage for stage in run(*BEFORE_TRIALS).stages(40.0)}
    assert [stages[phase].took_s for phase in (Phase.PREPARE, Phase.BUILD, Phase.CALIBRATE)] == [9.0, 18.0, 7.0]
    assert all(stages[phase].left_s == 0 and stages[phase].is_over for phase in (Phase.BUILD, Phase.CALIBRATE))


def test_a_stage_that_takes_longer_than_planned_has_the_share_of_its_jobs_left():
    state = run(*BEFORE_TRIALS[:4], *job(Phase.BUILD, "building crow", 10.0, 20.0))
    assert left(state, 22.0)[Phase.BUILD] == 10.0
    assert left(state, 500.0)[Phase.BUILD] == 10.0


def test_a_job_that_failed_runs_no_more_and_has_not_ended():
    state = run(*job(Phase.BUILD, "building crow", 10.0, 20.0, is_done=False))
    (stage,) = [stage for stage in state.stages(30.0) if stage.phase is Phase.BUILD]
    assert (stage.running, stage.ended) == ((), 0)


def test_a_stage_of_which_no_job_has_ended_took_nothing_once_trials_run():
    state = run(*job(Phase.BUILD, "building crow", 10.0, 20.0, is_done=False), TrialBegan(CELL, 1, 50.0))
    (stage,) = [stage for stage in state.stages(60.0) if stage.phase is Phase.BUILD]
    assert (stage.took_s, stage.left_s) == (0.0, 0.0)


def test_trials_that_take_longer_lengthen_what_is_left_and_the_one_that_runs_shortens_it():
    state = run(*BEFORE_TRIALS, *trial(1, 40.0, 60.0 - JOB_START_S))
    assert left(state, 60.0)[Phase.TRIALS] == pytest.approx(3 * 20.0)
    state = state.after(TrialBegan(CELL, 2, 60.0))
    assert left(state, 65.0)[Phase.TRIALS] == pytest.approx(3 * 20.0 - 5.0)
    assert left(state, 500.0)[Phase.TRIALS] == pytest.approx(2 * 20.0)


def test_a_cell_has_the_mean_of_its_trials_and_the_last_verdict():
    lost = trial(3, 60.0, 61.0, None, p99_ms=None, verdict=None)
    bound = trial(2, 50.0, 60.0, 300.0, is_lower_bound=True, verdict="generator-bound")
    state = run(*trial(1, 40.0, 50.0, 100.0), *bound)
    found = state.cells[CELL]
    assert (found.trials, found.throughput_rps, found.is_lower_bound) == (2, 200.0, True)
    assert found.verdict == "generator-bound"
    found = state.after(lost[0]).after(lost[1]).cells[CELL]
    assert (found.trials, found.throughput_rps, found.p99_ms, found.verdict) == (3, 200.0, 2.0, None)


def test_a_second_is_known_until_another_window_begins_or_its_trial_ends():
    second = LoadSecond(1, 100, 2.0, False)
    state = run(TrialBegan(CELL, 1, 0.0), WindowBegan(1.0, 3.0), second)
    assert state.second == second
    assert state.after(WindowBegan(9.0, 3.0)).second is None
    assert state.after(TrialBegan(CELL, 2, 9.0)).second is None
    assert state.after(trial(1, 0.0, 9.0)[1]).second is None


def test_beside_a_calibration_and_a_trial_no_picture_is_drawn_unless_its_window_is_long():
    calibrating = run(JobBegan(Phase.CALIBRATE, "calibrating", 0.0))
    short = run(TrialBegan(CELL, 1, 0.0), WindowBegan(1.0, 2.0))
    long = run(TrialBegan(CELL, 1, 0.0), WindowBegan(1.0, LONG_WINDOW_S))
    assert picture_pause_s(calibrating) is None
    assert picture_pause_s(short) is None
    assert picture_pause_s(long) >= 10
    assert picture_pause_s(run(JobBegan(Phase.BUILD, "building crow", 0.0))) == PICTURE_EVERY_S
    assert picture_pause_s(run(*trial(1, 0.0, 4.0))) == PICTURE_EVERY_S


def test_a_line_is_whole_once_its_end_has_come():
    lines = Lines()
    assert list(lines.feed(b"one\ntw")) == ["one"]
    assert list(lines.feed(b"o\n\nthr")) == ["two", ""]
    assert lines.rest() == "thr"
