import io

import pytest
from servebench.live.events import (
    DRAWN,
    MARK,
    JobBegan,
    JobEnded,
    TrialBegan,
    TrialEnded,
    WindowBegan,
    decode,
    encode,
    tell,
)
from servebench.live.start import is_wanted, text_of
from servebench.trial.onlooker import LoadSecond
from servebench.words import Phase

CELL = ("m", "crow", "native", "users-1")
EVENTS = [
    JobBegan(Phase.BUILD, "building crow", 1.0),
    JobEnded(Phase.BUILD, "building crow", 2.0, True),
    TrialBegan(CELL, 1, 3.0),
    WindowBegan(4.0, 2.0),
    LoadSecond(1, 71200, 0.912, False),
    LoadSecond(2, 0, None, True),
    TrialEnded(CELL, 1, 5.0, "not measured: too few CPUs", None, False, None, None, None, None),
]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_read_back_from_its_line(event):
    assert decode(encode(event)) == event


@pytest.mark.parametrize("event", EVENTS)
def test_half_a_line_is_no_event_and_no_error(event):
    line = encode(event)
    assert decode(line[: len(line) // 2]) is None


@pytest.mark.parametrize("line", ["[2/5] building crow", "", "servebench: a mistake", MARK, f'{MARK}{{"event": "No"}}'])
def test_text_is_no_event(line):
    assert decode(line) is None


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_told_where_the_run_is_drawn_and_its_line_elsewhere(monkeypatch, event):
    plain, drawn = io.StringIO(), io.StringIO()
    monkeypatch.delenv(DRAWN, raising=False)
    tell(plain, event, "its line")
    tell(plain, event)
    assert plain.getvalue() == "its line\n"
    monkeypatch.setenv(DRAWN, "1")
    tell(drawn, event, "its line")
    assert decode(drawn.getvalue().rstrip("\n")) == event


@pytest.mark.parametrize(
    ("environment", "is_terminal", "wanted"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm-256color"}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({}, True, False),
        ({"TERM": "xterm", "CI": "true"}, True, False),
        ({"TERM": "xterm", "CI": ""}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
    ],
)
def test_a_table_is_drawn_only_where_somebody_looks_at_a_terminal(environment, is_terminal, wanted):
    assert is_wanted(environment, is_terminal) == wanted


def test_where_nothing_draws_any_more_only_text_is_printed():
    lines = f"{encode(EVENTS[0])}\nservebench: a mistake\n{encode(EVENTS[1])}\n"
    assert text_of(lines.encode()) == b"servebench: a mistake\n"
