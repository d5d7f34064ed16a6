"""What is told of a window's seconds while it goes on, from a process's line to the sum of several."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servebench.generator.recorder import Recorder
from servebench.generator.told_second import ToldSecond, from_line, to_line
from servebench.trial.onlooker import LoadSecond, SecondSums

COUNTS = st.integers(0, 10**12)


@given(COUNTS, COUNTS, st.none() | COUNTS)
def test_a_second_is_read_back_from_its_short_line(second, good, p99_ns):
    told = ToldSecond(second, good, p99_ns)
    assert from_line(to_line(told)) == told
    assert len(to_line(told)) < 200


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"ready\n",
        b"greeted 4\n",
        b"\xff\n",
        b"[1, 2, 3]\n",
        b'{"second": 1, "good": 2, "p99_',
        b'{"second": 1, "good": 2}\n',
        b'{"second": 1, "good": "2", "p99_ns": 3}\n',
        b'{"second": 1, "good": 2, "p99_ns": 3, "more": 4}\n',
        b'{"second": 1, "good": true, "p99_ns": null}\n',
    ],
)
def test_another_line_is_no_second(line):
    assert from_line(line) is None


def test_a_recorder_tells_the_p99_of_the_answers_that_came_in_a_second():
    recorder = Recorder(time.monotonic(), 3.0)
    for milliseconds in range(1, 201):
        recorder.answered(milliseconds / 1000, None)
    recorder.answered(0.5, "timeout")
    recorder.start_s -= 1.0
    recorder.answered(0.007, None)
    assert recorder.told_second(1) == ToldSecond(1, 200, 198_000_000)
    assert recorder.told_second(2) == ToldSecond(2, 1, 7_000_000)
    assert recorder.told_second(recorder.seconds) == ToldSecond(3, 0, None)


def test_a_second_counts_once_all_processes_have_told_it():
    sums = SecondSums(2)
    assert sums.after([ToldSecond(1, 100, 1_000_000)]) is None
    assert sums.after([ToldSecond(1, 50, 3_000_000), ToldSecond(2, 7, None)]) == LoadSecond(1, 150, 3.0, True)
    assert sums.after([]) is None
    # One is behind: the last that is whole counts.
    assert sums.after([ToldSecond(3, 8, 1), ToldSecond(2, 3, None), ToldSecond(3, 0, None)]) == LoadSecond(
        3, 8, 1e-6, True
    )
    assert sums.after([ToldSecond(4, 8, 1)]) is None


def test_one_process_tells_its_own_p99_and_no_bound():
    assert SecondSums(1).after([ToldSecond(1, 0, None)]) == LoadSecond(1, 0, None, False)
