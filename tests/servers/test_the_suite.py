"""What this suite sees of a server that is not honest: each of its judgements by a fault of its own."""

from types import SimpleNamespace

import pytest
from support.canned import answer, canned
from support.dialogues import RawCase, converse
from support.slope import slope_of
from support.subjects import Row

ROW = Row(b'{"features":[1]}', {"prediction": 1})
RIGHT = answer(200, b'{"prediction": 1}')
WRONG = answer(200, b'{"prediction": 2}')
BAD = answer(400, b"{}")
PART = (ROW.request,)
REFUSED = RawCase("refused", PART, frozenset({400}))
ANSWERED = RawCase("answered", PART, frozenset({200}), may_end=False)
OUT_OF_STEP = RawCase("out of step", PART, frozenset({400}), loses_step=True)
ENDING = RawCase("ending", PART, frozenset({200}), must_end=True)


@pytest.mark.parametrize(
    ("case", "answers", "text", "is_grave"),
    [
        (REFUSED, [WRONG], "status 200", True),
        (REFUSED, [RIGHT], "status 200", False),
        (REFUSED, [answer(500, b"")], "status 500", False),
        (REFUSED, [BAD[:-1]], "a torn answer", False),
        (REFUSED, [BAD, WRONG], "a row on the same connection: a wrong prediction", True),
        (REFUSED, [BAD, BAD], "a row on the same connection: status 400", False),
        (REFUSED, [BAD + BAD], "bytes after the answer", False),
        (REFUSED, [b"nonsense\r\n\r\n"], "no status line", False),
        (ANSWERED, [], "the end of the connection instead of an answer", False),
        (OUT_OF_STEP, [BAD + RIGHT], "status 200 to the rest", True),
        (ENDING, [RIGHT + RIGHT], "a second answer", False),
    ],
)
def test_a_dishonest_answer_is_told(case, answers, text, is_grave):
    with canned(*answers) as port:
        complaint = converse(SimpleNamespace(port=port, row=ROW), case)
    assert complaint is not None
    assert complaint.text.startswith(text)
    assert complaint.is_grave is is_grave


@pytest.mark.parametrize(
    ("case", "answers"),
    [
        (REFUSED, [BAD, RIGHT]),
        (REFUSED, [BAD]),
        (REFUSED, []),
        (REFUSED, [answer(400, b"{}", "Connection: close")]),
        (ANSWERED, [RIGHT, RIGHT]),
        (OUT_OF_STEP, [BAD + BAD]),
        (ENDING, [RIGHT]),
    ],
)
def test_an_honest_answer_passes(case, answers):
    with canned(*answers) as port:
        assert converse(SimpleNamespace(port=port, row=ROW), case) is None


def test_a_leak_has_a_slope_and_flat_memory_none():
    requests = list(range(0, 1_000_000, 20_000))
    leak = slope_of(requests, [5e6 + 3 * count + 1e5 * (count % 3) for count in requests])
    assert 2.9 < leak.low < 3 < leak.high < 3.1
    assert slope_of(requests, [5e6] * len(requests)).high == 0
