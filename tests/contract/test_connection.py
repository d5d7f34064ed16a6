"""What the runner of the cases sees of a server that answers wrongly."""

import pytest
from servebench.check.connection import Connection, ConnectionEnded
from servebench.check.contract import Case, Exchange, load_cases, run_cases
from servebench.check.valid_row import ValidRow
from support.canned import answer, canned

GOLDEN = {"prediction": 1}
ROW = load_cases()[0].exchanges[0]
HEALTH = Exchange(name="health", method="GET", path="/healthz", status=(200,))
HEAD = Exchange(name="head", method="HEAD", path="/healthz", status=(200,))
REFUSED = Exchange(name="refused", method="GET", status=(405,), allow=("POST",))
RIGHT = answer(200, b'{"prediction": 1}')
PROBLEM = b'{"title": "x", "status": 405, "detail": "x"}'


def failures(exchange: Exchange, *answers: bytes) -> list[str]:
    """What the runner says of these answers to an exchange and the row behind it."""
    case = Case(name=exchange.name, exchanges=(exchange,))
    with canned(*answers) as port:
        found = run_cases(port, ValidRow.of_numbers([1.0]), GOLDEN, [case])
    return [f"{failure.case}: expected {failure.expected}, got {failure.got}" for failure in found]


@pytest.mark.parametrize(
    ("exchange", "answers", "complaint"),
    [
        (ROW, [answer(200, b"")], "got nothing"),
        (ROW, [answer(200, b'{"prediction": 2}')], "got {'prediction': 2}"),
        (HEALTH, [RIGHT, answer(200, b"")], "health, then a valid row: expected a JSON body, got nothing"),
        (HEAD, [RIGHT, RIGHT], "head, then a valid row: expected an answer, got bytes after"),
        (HEALTH, [RIGHT], "got the connection was closed without an answer"),
        (HEALTH, [b"HTTP/1.1 200 OK\r\n\r\n"], "an answer that does not tell its length"),
        (HEALTH, [b"nonsense\r\n\r\n"], "no status line"),
        (REFUSED, [answer(405, PROBLEM, content_type="application/problem+json")], "Allow: POST, got no such header"),
        (REFUSED, [answer(405, PROBLEM, "Allow: POST")], "expected content type application/problem+json"),
    ],
)
def test_a_wrong_answer_is_told(exchange, answers, complaint):
    assert complaint in failures(exchange, *answers)[0]


@pytest.mark.parametrize(
    ("exchange", "answers"),
    [
        (ROW, [RIGHT, RIGHT]),
        (HEAD, [RIGHT.partition(b"{")[0], RIGHT]),
        (HEALTH, [answer(200, b"{}", "Connection: close")]),
        (HEALTH, [b"HTTP/1.1 100 Continue\r\n\r\n" + RIGHT, RIGHT]),
        (
            HEALTH,
            [
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
                RIGHT,
            ],
        ),
    ],
)
def test_a_right_answer_passes(exchange, answers):
    assert failures(exchange, *answers) == []


def test_an_answer_may_end_with_its_connection():
    assert failures(HEALTH, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{}") == []


@pytest.mark.parametrize(("sent", "is_torn"), [(RIGHT, False), (RIGHT + RIGHT[:20], True), (RIGHT + RIGHT[:-3], True)])
def test_a_torn_answer_is_told_from_none(sent, is_torn):
    with canned(sent) as port, Connection(port) as connection:
        connection.send(b"x")
        connection.read_answer("GET")
        with pytest.raises(ConnectionEnded) as ended:
            connection.read_answer("GET")
    assert ended.value.is_torn is is_torn
