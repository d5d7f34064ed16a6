"""A tiny real study in a terminal."""

import pytest
from support.checkout import Checkout
from support.processes import none_left
from support.terminal import Terminal

TINY = ["--cores", "2", "--configfile", "config/smoke.yaml", "--config", "systems=[fastapi-compiled]", "users=[1]"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, study_cache):
    return Checkout(tmp_path_factory.mktemp("live") / "checkout", study_cache)


def test_a_study_in_a_terminal_is_one_table_and_then_its_result(checkout):
    run = Terminal(checkout.command(*TINY, "study=live"), checkout.folder, checkout.environment(), width=100)
    assert run.end(300) == 0, run.text
    plan, trials, result = map(run.text.index, ("still to make", "[4/5] trials", "report:  results/live"))
    assert plan < trials < result
    assert "repeat 1: second 1 of 1" in run.text
    assert "took:    " in run.text[result:]
    # A table takes the place of the jobs' lines.
    assert "[4/5] trial 1/2" not in run.text
    assert "[2/5] building" not in run.text
    assert len(checkout.results("live")) == 2
    assert none_left(str(checkout.folder))


def test_after_an_error_there_is_the_one_clear_line(checkout):
    (checkout.folder / "servers/fastapi/main.py").write_text("raise SystemExit('broken')\n")
    run = Terminal(checkout.command(*TINY, "study=broken"), checkout.folder, checkout.environment())
    assert run.end(300) != 0
    assert run.text.count("servebench: the study is not complete") == 1
    assert "Traceback" not in run.text
    assert none_left(str(checkout.folder))
