"""What the profilers printed on a real server, and what is read from it."""

from pathlib import Path

import pytest
from servebench.profile import perf, py_spy
from servebench.profile.profiler import PROFILERS, profiler_of
from servebench.profile.stacks import Frame
from servebench.words import ProfilerKind

RECORDED = Path(__file__).parents[1] / "recorded"


def recorded(name):
    return (RECORDED / name).read_text(encoding="utf-8")


def test_py_spy_tells_a_stack_a_line():
    text = recorded("py-spy.raw")
    stacks = py_spy.parse_raw(text)
    assert stacks.total() == sum(int(line.split()[-1]) for line in text.splitlines())
    assert {stack[0] for stack in stacks} == {Frame("<module>", "main.py:1")}
    assert all(not frame.function.startswith("process") for stack in stacks for frame in stack)
    assert any(frame.place.startswith("sklearn/") for stack in stacks for frame in stack)


def test_a_semicolon_in_a_command_line_is_no_function():
    text = 'process 7:"python -c import a; b (c)";process 8:"python -c x";f (a.py:1);g.<locals>.h (b.py:2) 3\n'
    assert py_spy.parse_raw(text) == {(Frame("f", "a.py:1"), Frame("g.<locals>.h", "b.py:2")): 3}


def test_perf_tells_a_sample_a_block_the_innermost_first():
    text = recorded("perf.script")
    stacks = perf.parse_script(text)
    assert stacks.total() == len([block for block in text.split("\n\n") if block.strip()])
    every = [frame for stack in stacks for frame in stack]
    assert {frame.place for frame in every} >= {"server", "libc.so.6", "[kernel.kallsyms]"}
    assert any("boost::" in frame.function for frame in every)
    innermost = [stack[-1] for stack in stacks]
    assert any(frame.is_in_kernel for frame in innermost)
    assert not any(stack[0].is_in_kernel and not stack[-1].is_in_kernel for stack in stacks)


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("\t  1af854 operator() (/opt/x/server)", Frame("operator()", "server")),
        ("\t  1af854 run(int) const (/opt/x/lib.so.1 (deleted))", Frame("run(int) const", "lib.so.1 (deleted)")),
        ("\tffffffff81 tcp_ack ([kernel.kallsyms])", Frame("tcp_ack", "[kernel.kallsyms]")),
        ("\t       0 [unknown] ([unknown])", Frame("[unknown]", "[unknown]")),
    ],
)
def test_a_line_of_perf_is_a_function_and_its_program(line, frame):
    assert perf.parse_script(f"{line}\n") == {(frame,): 1}


def test_what_saw_nothing_has_no_stacks(tmp_path):
    for profiler in PROFILERS.values():
        assert not profiler.read("none", tmp_path / "absent")
    assert not py_spy.parse_raw("")
    assert not perf.parse_script("# a comment\n")


def test_python_servers_are_for_py_spy_and_the_others_for_perf():
    assert set(PROFILERS) == set(ProfilerKind)
    assert profiler_of("Python").kind is ProfilerKind.PY_SPY
    assert {profiler_of(language).kind for language in ("C++", "Go", "Rust")} == {ProfilerKind.PERF}
