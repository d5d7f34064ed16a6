"""One connection on which a client sends what it should not, and what an honest server may do with it."""

import time
from dataclasses import dataclass

from servebench.check.connection import Answer, Connection, ConnectionEnded, LostStep

from support.subjects import PATIENCE_S, Complaint, Row, Subject

# How long nothing must come on a connection that is expected to be silent.
QUIET_S = 0.2


@dataclass(frozen=True)
class RawCase:
    """Bytes that are sent part after part, and the honest answers to the first request in them.

    A 200 to it must be the golden answer where it `asks_for_row`. `may_end`: the server may end the connection instead.
    `ends_sending`: the client says at last that nothing more comes. `loses_step`: what follows belongs to no request,
    and must not be answered as one. `must_end`: the server ends the connection after its answer. `declared` begins the
    deviation of a server that does otherwise.
    """

    name: str
    parts: tuple[bytes, ...]
    statuses: frozenset[int]
    may_end: bool = True
    method: str = "POST"
    asks_for_row: bool = True
    ends_sending: bool = False
    loses_step: bool = False
    must_end: bool = False
    pause_s: float = 0.05
    declared: str = ""


def converse(subject: Subject, case: RawCase) -> Complaint | None:
    """Hold a server to a case: its answer, and that the connection is in step behind it."""
    try:
        with Connection(subject.port, PATIENCE_S) as connection:
            return _converse(connection, case, subject.row)
    except TimeoutError:
        return Complaint(f"neither an answer nor an end for {PATIENCE_S:g} s")
    except (ConnectionEnded, ConnectionError) as ended:
        if isinstance(ended, ConnectionEnded) and ended.is_torn:
            return Complaint(f"a torn answer: {ended}")
        return None if case.may_end else Complaint("the end of the connection instead of an answer")
    except LostStep as lost:
        return Complaint(str(lost))


def _converse(connection: Connection, case: RawCase, row: Row) -> Complaint | None:
    for part in case.parts:
        connection.send(part)
        time.sleep(case.pause_s)
    if case.ends_sending:
        connection.end_sending()
    answer = connection.read_answer(case.method)
    complaint = _complaint(case, answer, row)
    if complaint is not None or case.ends_sending:
        return complaint
    if case.must_end:
        return _complaint_unless_ended(connection)
    if case.loses_step:
        return _complaint_about_the_rest(connection)
    return None if answer.closes else complaint_about_the_next(connection, row)


def _complaint(case: RawCase, answer: Answer, row: Row) -> Complaint | None:
    if answer.status not in case.statuses:
        is_grave = case.asks_for_row and answer.status == 200 and row.complaint(answer) is not None
        return Complaint(f"status {answer.status}: {answer.body[:80]!r}", is_grave)
    return row.complaint(answer) if case.asks_for_row and answer.status == 200 else None


def complaint_about_the_next(connection: Connection, row: Row) -> Complaint | None:
    """A good request on the same connection gets its answer, or the connection ends."""
    try:
        answer = connection.ask("POST", row.request)
    except (ConnectionEnded, ConnectionError):
        return None
    complaint = row.complaint(answer)
    return complaint and Complaint(f"a row on the same connection: {complaint.text}", complaint.is_grave)


def _complaint_about_the_rest(connection: Connection) -> Complaint | None:
    """What follows may be refused, be waited on or end the connection, but no 2xx answers it."""
    try:
        connection.wait_at_most(QUIET_S)
        while True:
            answer = connection.read_answer("POST")
            if 200 <= answer.status < 300:
                return Complaint(f"status {answer.status} to the rest of a refused request", is_grave=True)
    except (LostStep, OSError):
        return None


def _complaint_unless_ended(connection: Connection) -> Complaint | None:
    try:
        connection.read_answer("POST")
    except (ConnectionEnded, ConnectionError):
        return None
    except TimeoutError:
        return Complaint("the connection does not end after the answer")
    return Complaint("a second answer to one request")
