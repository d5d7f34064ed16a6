"""What is said over a pipe, and who reads it: neither waits for the other."""

import contextlib
import os
import time

import pytest
from servebench.generator.told_second import ToldSecond, from_line, say
from servebench.pipe_lines import PipeLines

TOLD = ToldSecond(1, 71200, 912345)


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def test_what_is_said_arrives_line_by_line_and_nobody_waits(pipe):
    lines = PipeLines(pipe[0])
    assert list(lines.arrived()) == []
    say(TOLD, pipe[1])
    say(ToldSecond(2, 0, None), pipe[1])
    os.write(pipe[1], b'{"second": 3, "go')
    assert [from_line(line) for line in lines.arrived()] == [TOLD, ToldSecond(2, 0, None)]
    os.write(pipe[1], b'od": 1, "p99_ns": 2}\n')
    os.close(pipe[1])
    assert [from_line(line) for line in lines.arrived()] == [ToldSecond(3, 1, 2)]
    assert list(lines.arrived()) == []


def test_a_full_pipe_is_not_waited_for(pipe):
    began_s = time.monotonic()
    for _ in range(5000):
        say(TOLD, pipe[1])
    assert time.monotonic() - began_s < 10.0
    said = list(PipeLines(pipe[0]).arrived())
    assert 100 < len(said) < 5000
    assert {from_line(line) for line in said} == {TOLD}


def test_a_reader_that_is_gone_is_no_mistake(pipe):
    os.close(pipe[0])
    say(TOLD, pipe[1])
