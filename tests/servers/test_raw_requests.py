"""Requests as no library sends them: a status or an end, no hang, no 5xx, no wrong answer, and the server lives."""

import json
import socket

import pytest
from servebench.answers import answer_differs
from servebench.check.connection import Connection, LostStep, write_request
from servebench.trial.server import HOST
from support.dialogues import RawCase, converse
from support.raw_cases import raw_cases
from support.subjects import PATIENCE_S, Complaint, Subject

NAMES = [case.name for case in raw_cases(b'{"features":[1]}')]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
# Of a frame's head of nine bytes the fourth is its type: what an HTTP/2 server says first are its settings.
SETTINGS_FRAME = 4
REFUSALS_OF_HTTP_2 = (b"400", b"404", b"405", b"421", b"426", b"501", b"505")
HEALTH = write_request("GET", "/healthz", {}, None, False)
UNKNOWN_PATH = write_request("GET", "/nowhere", {}, None, False)
NO_JSON = write_request("POST", "/predict", {"Content-Type": "application/json"}, b'{"features":', False)


def test_every_case_has_a_name_of_its_own():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_raw_request_is_answered_honestly(subject, name):
    case: RawCase = next(case for case in raw_cases(subject.row.body) if case.name == name)
    subject.settle(converse(subject, case), case.declared)


@pytest.mark.parametrize("count", [3, 200])
def test_pipelined_requests_are_answered_in_order(subject, count):
    rows = subject.rows[:count]
    assert len(rows) == count
    subject.settle(pipelined(subject, [(row.request, 200, row.golden) for row in rows]))


def test_pipelined_requests_around_errors_are_answered_in_order(subject):
    first, second, third = ((row.request, 200, row.golden) for row in subject.rows[:3])
    asked = [first, (UNKNOWN_PATH, 404, None), second, (NO_JSON, 400, None), (HEALTH, 200, None), third]
    subject.settle(pipelined(subject, asked))


def pipelined(subject: Subject, asked: list[tuple[bytes, int, dict[str, object] | None]]) -> Complaint | None:
    """Send all at once; the answers come in order, until one says that it is the last."""
    place = 0
    try:
        with Connection(subject.port, PATIENCE_S) as connection:
            connection.send(b"".join(request for request, _, _ in asked))
            for place, (_, status, golden) in enumerate(asked, 1):
                answer = connection.read_answer("POST")
                if answer.status != status:
                    return Complaint(f"answer {place} of {len(asked)} has status {answer.status}, not {status}")
                if golden is not None and answer_differs(json.loads(answer.body), golden):
                    return Complaint(f"answer {place} of {len(asked)} is another request's", is_grave=True)
                if answer.closes:
                    return None
    except TimeoutError:
        return Complaint(f"answer {place} of {len(asked)} does not come for {PATIENCE_S:g} s")
    except (LostStep, OSError) as lost:
        return Complaint(f"answer {place} of {len(asked)}: {lost}")
    return None


def test_the_preface_of_http_2_is_refused_or_answered_in_its_own_words(subject):
    subject.settle(complaint_about_the_preface(subject))


def complaint_about_the_preface(subject: Subject) -> Complaint | None:
    try:
        with socket.create_connection((HOST, subject.port), PATIENCE_S) as client:
            client.sendall(PREFACE)
            said = client.recv(65536)
    except TimeoutError:
        return Complaint(f"neither an answer nor an end for {PATIENCE_S:g} s")
    except ConnectionError:
        return None
    speaks_it = said[3:4] == bytes([SETTINGS_FRAME])
    is_honest = not said or speaks_it or said[9:12] in REFUSALS_OF_HTTP_2
    return None if is_honest else Complaint(f"{said[:80]!r}")
