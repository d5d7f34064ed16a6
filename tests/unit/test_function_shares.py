from collections import Counter

import pytest
from servebench.profile.functions import COLUMNS, FunctionShare, function_shares, read_functions, write_functions
from servebench.profile.stacks import Frame

MAIN, WORK, STEP = Frame("main", "m.py:1"), Frame("work", "m.py:9"), Frame("step", "s.py:3")


def test_own_and_total_shares_of_all_samples():
    shares = function_shares(Counter({(MAIN,): 1, (MAIN, WORK): 2, (MAIN, WORK, STEP): 5}))
    assert shares == [
        FunctionShare("step", "s.py:3", 5 / 8, 5 / 8),
        FunctionShare("work", "m.py:9", 2 / 8, 7 / 8),
        FunctionShare("main", "m.py:1", 1 / 8, 1.0),
    ]
    assert sum(share.own_share for share in shares) == 1


def test_a_function_that_calls_itself_counts_once_a_sample():
    shares = function_shares(Counter({(MAIN, WORK, WORK, WORK): 4}))
    assert [(share.function, share.own_share, share.total_share) for share in shares] == [
        ("work", 1, 1),
        ("main", 0, 1),
    ]


def test_the_file_holds_what_was_seen_more_than_by_chance(tmp_path):
    path = tmp_path / "functions.csv"
    stacks = Counter({(MAIN, Frame("f<a, b>", "server")): 9999, (MAIN, STEP): 1})
    write_functions(path, function_shares(stacks))
    assert path.read_text().splitlines()[0] == ",".join(COLUMNS)
    assert read_functions(path) == [
        FunctionShare("f<a, b>", "server", pytest.approx(0.9999), pytest.approx(0.9999)),
        FunctionShare("main", "m.py:1", 0.0, 1.0),
    ]
