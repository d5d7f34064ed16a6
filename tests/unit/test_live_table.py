import io

import pytest
from rich.console import Console
from servebench.live.events import JobBegan, TrialBegan, WindowBegan
from servebench.live.table import now_line, picture
from servebench.trial.onlooker import LoadSecond
from servebench.words import Phase
from support.runs import BEFORE_TRIALS, CELL, run, trial

LONG = ("digits-boosting", "a-system-with-a-rather-long-name-of-its-own", "native", "share-70-rows-256")

WINDOW = [TrialBegan(CELL, 1, 50.0), WindowBegan(57.5, 5.0)]


def drawn(state, now_s, width=80, height=24):
    stream = io.StringIO()
    console = Console(file=stream, width=width, height=height, force_terminal=False)
    console.print(picture(state, now_s, width, height))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_the_picture_holds_stages_with_their_time_left_figures_and_what_runs_now():
    state = run(*BEFORE_TRIALS, *trial(1, 40.0, 49.55), TrialBegan(CELL, 2, 50.0), WindowBegan(52.0, 3.0))
    lines = drawn(state, 53.5)
    assert any(line.split() == ["[2/5]", "builds", "and", "checks", "2/2", "18", "s"] for line in lines)
    assert any(line.startswith("[4/5] trials") and "1/4" in line and "26 s" in line for line in lines)
    assert any(line.split() == ["crow", "1", "user", "1", "100", "2", "capacity"] for line in lines)
    assert lines[-1] == "now     crow, 1 user, native, repeat 2: second 2 of 3"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width):
    state = run(*BEFORE_TRIALS, *trial(1, 40.0, 50.0))
    for cell in (LONG, ("another", *LONG[1:])):
        for event in trial(1, 50.0, 60.0, cell=cell):
            state = state.after(event)
    lines = drawn(state.after(TrialBegan(LONG, 2, 60.0)), 61.0, width)
    assert max(map(len, lines)) <= width
    assert not any("..." in line for line in lines)


def test_a_terminal_that_is_too_low_shows_the_last_systems_and_how_many_there_were():
    state = run(*BEFORE_TRIALS)
    for users in range(1, 31):
        cell = ("m", "crow", "native", f"users-{users}")
        for event in trial(1, 40.0, 50.0, cell=cell):
            state = state.after(event)
    lines = drawn(state, 60.0, height=24)
    assert len(lines) <= 24
    assert any("30 users" in line for line in lines)
    assert not any("1 user " in line for line in lines)
    assert any(line.startswith("and ") and line.endswith("more that were measured before") for line in lines)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "the next job is chosen"),
        ([JobBegan(Phase.BUILD, "building crow", 0.0), JobBegan(Phase.BUILD, "b", 0.0)], "building crow, b"),
        ([TrialBegan(CELL, 1, 50.0)], "it starts, 10 s"),
        ([TrialBegan(CELL, 1, 50.0), WindowBegan(61.0, 2.0)], "warm-up"),
        ([TrialBegan(CELL, 1, 50.0), WindowBegan(58.5, 2.0)], "second 2 of 2"),
        ([TrialBegan(CELL, 1, 50.0), WindowBegan(57.0, 2.0)], "it ends"),
        ([*WINDOW, LoadSecond(2, 71200, 0.912, False)], "second 3 of 5 · 71,200 requests/s · p99 0.91 ms"),
        ([*WINDOW, LoadSecond(2, 900, 3.21, True)], "second 3 of 5 · 900 requests/s · p99 ≤ 3.2 ms"),
        ([*WINDOW, LoadSecond(2, 900, 1234.5, False)], "second 3 of 5 · 900 requests/s · p99 1,234 ms"),
        ([*WINDOW, LoadSecond(2, 0, None, False)], "second 3 of 5 · 0 requests/s"),
    ],
)
def test_the_last_line_says_what_runs_now(events, words):
    assert now_line(run(*events), 60.0, 120).endswith(words)


@pytest.mark.parametrize(
    ("cell", "width", "line"),
    [
        (CELL, 120, "now     crow, 1 user, native, repeat 1: second 3 of 5 · 71,200 requests/s · p99 0.91 ms"),
        (CELL, 80, "now     crow, 1 user: second 3 of 5 · 71,200 requests/s · p99 0.91 ms"),
        (LONG, 100, f"now     {LONG[1]}: second 3 of 5 · 71,200 requests/s · p99 0.91 ms"[:99]),
        (CELL, 40, "now     crow: second 3 of 5 · 71,200 re"),
    ],
)
def test_where_the_line_is_too_long_the_trials_name_gives_way_to_its_figures(cell, width, line):
    state = run(TrialBegan(cell, 1, 50.0), WINDOW[1], LoadSecond(2, 71200, 0.912, False))
    assert now_line(state, 60.0, width) == line
