"""Bodies at the edge: no wrong prediction, no 5xx, no crash; and bodies of 100 MB, which no server keeps."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from servebench.answers import answer_differs
from servebench.check.connection import Answer, Connection, ConnectionEnded, LostStep
from servebench.trial.memory import read_memory
from support.bodies import BODIES, NUMBERS, BodyCase, NumberCase, body_of
from support.raw_cases import CHUNKED, HOST, TYPED, head
from support.subjects import PATIENCE_S, Complaint, Subject

LARGE_BYTES = 100_000_000
PIECE_BYTES = 64 * 1024
# The contract's limit is 1 MiB; buffers of sockets and programs are a few times that.
MOST_GROWTH_MIB = 16.0


def written(subject: Subject) -> list[str]:
    """The values of a valid row as they are written."""
    return [json.dumps(value) for value in json.loads(subject.row.body)["features"]]


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: case.text)
def test_a_number_is_read_as_it_is_or_refused(subject, case):
    subject.settle(complaint_about_number(subject, case), case.declared)


def complaint_about_number(subject: Subject, case: NumberCase) -> Complaint | None:
    values = written(subject)
    answer = subject.send_body(body_of([case.text, *values[1:]]))
    if isinstance(answer, Complaint):
        return answer
    if case.like is None:
        return None if answer.status in (400, 422) else Complaint(f"status {answer.status}: {answer.body[:80]!r}")
    other = subject.send_body(body_of([case.like, *values[1:]]))
    if isinstance(other, Complaint):
        return other
    if (answer.status, other.status) != (200, 200):
        return Complaint(f"status {answer.status}, and {other.status} to {case.like}: {answer.body[:80]!r}")
    is_same = not answer_differs(json.loads(answer.body), json.loads(other.body))
    return None if is_same else Complaint(f"another answer than to {case.like}: {answer.body[:80]!r}", is_grave=True)


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.name)
def test_a_body_is_read_as_json_or_refused(subject, case):
    subject.settle(complaint_about_body(subject, case), case.declared)


def complaint_about_body(subject: Subject, case: BodyCase) -> Complaint | None:
    answer = subject.send_body(case.make(written(subject)))
    if isinstance(answer, Complaint):
        return answer
    if answer.status not in case.statuses:
        return Complaint(f"status {answer.status}: {answer.body[:80]!r}")
    return subject.row.complaint(answer) if answer.status == 200 else None


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_of_100_mb_is_refused_before_memory_grows(subject, framing, note):
    pids = subject.pids
    if not all(forget_peak(pid) for pid in pids):
        pytest.skip("this system does not tell a process's peak of memory")
    before_mib = read_memory(pids).rss_mib or 0.0
    complaint = complaint_about_large(subject, framing)
    growth_mib = sum(map(peak_mib, pids)) - before_mib
    note(f"a body of 100 MB by {framing}: {growth_mib:+.1f} MiB at most")
    if complaint is None and growth_mib > MOST_GROWTH_MIB:
        complaint = Complaint(f"a body of 100 MB costs {growth_mib:.0f} MiB")
    subject.settle(complaint, "A body is read whole")


def complaint_about_large(subject: Subject, framing: str) -> Complaint | None:
    try:
        answer = ask_large(subject.port, framing)
    except TimeoutError:
        return Complaint(f"neither an answer nor an end for {PATIENCE_S:g} s")
    except (ConnectionEnded, ConnectionError):
        return None
    except LostStep as lost:
        return Complaint(str(lost))
    return None if answer.status == 413 else Complaint(f"status {answer.status}: {answer.body[:80]!r}")


def ask_large(port: int, framing: str) -> Answer:
    """Send 100 MB until an answer is there; the server need not read them."""
    length = CHUNKED if framing == "chunks" else b"Content-Length: %d" % LARGE_BYTES
    with Connection(port, PATIENCE_S) as connection:
        connection.send(head(HOST, TYPED, length))
        for piece in pieces(framing):
            if connection.has_news():
                break
            connection.send(piece)
        return connection.read_answer("POST")


def pieces(framing: str) -> Iterator[bytes]:
    """The body: a JSON text that never ends."""
    data = b"1," * (PIECE_BYTES // 2)
    for _ in range(LARGE_BYTES // PIECE_BYTES):
        yield data if framing == "length" else b"%x\r\n%s\r\n" % (len(data), data)
    yield data[: LARGE_BYTES % PIECE_BYTES] if framing == "length" else b"0\r\n\r\n"


def forget_peak(pid: int) -> bool:
    """Let a process's peak of memory begin anew (proc_pid_clear_refs(5))."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        return True
    return False


def peak_mib(pid: int) -> float:
    """The most memory that a process has had since; none where it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
