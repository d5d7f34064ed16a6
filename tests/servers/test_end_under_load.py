"""SIGTERM under load: every answer is whole or none, and the server ends with code 0 within the contract's 2 s."""

import subprocess
import threading
import time
from dataclasses import dataclass, field

import pytest
from servebench.check.connection import Connection, ConnectionEnded, LostStep
from support.subjects import PATIENCE_S, Complaint, Row, Subject, started_subject

END_S = 2.0
# How long a server that is late is waited for, so that the test can say how late.
LATE_S = 10.0
CLIENTS = 8
LOAD_S = 0.5


@dataclass
class Client:
    """One client that asks as fast as it is answered, on one connection after the other, until nobody answers."""

    port: int
    row: Row
    answers: int = 0
    complaint: Complaint | None = None
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until the server is gone or says something wrong."""
        while self.complaint is None and not self.is_over.is_set():
            try:
                with Connection(self.port, PATIENCE_S) as connection:
                    self._ask(connection)
            except ConnectionEnded as ended:
                if ended.is_torn:
                    self.complaint = Complaint(f"a torn answer: {ended}", is_grave=True)
            except TimeoutError:
                self.complaint = Complaint(f"neither an answer nor an end for {PATIENCE_S:g} s")
            except LostStep as lost:
                self.complaint = Complaint(str(lost))
            except OSError:
                # Nobody listens any more.
                return

    def _ask(self, connection: Connection) -> None:
        while self.complaint is None and not self.is_over.is_set():
            answer = connection.ask("POST", self.row.request)
            # A server that ends may refuse what it no longer answers.
            if answer.status != 503:
                self.complaint = self.row.complaint(answer)
                self.answers += 1
            if answer.closes:
                return


@pytest.mark.parametrize("parallelism", [1, 2])
def test_sigterm_under_load_leaves_answers_whole_or_none(system, package, cancer_model, tmp_path, parallelism, note):
    with started_subject(system, package, cancer_model, tmp_path / "log", parallelism) as subject:
        clients = [Client(subject.port, subject.row) for _ in range(CLIENTS)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        time.sleep(LOAD_S)
        took_s, code = end(subject)
        for client in clients:
            client.is_over.set()
        for thread in threads:
            thread.join()
        answers = sum(client.answers for client in clients)
        note(f"SIGTERM under load, {parallelism} in parallel: {took_s:.2f} s, code {code}, {answers:,} answers before")
        wrong = [client.complaint for client in clients if client.complaint is not None]
        subject.settle_end(wrong[0] if wrong else complaint_about_the_end(took_s, code, answers))


def end(subject: Subject) -> tuple[float, int | None]:
    """How long the server's first process takes to end, and its code."""
    start_s = time.monotonic()
    process = subject.server.process
    process.terminate()
    try:
        code = process.wait(LATE_S)
    except subprocess.TimeoutExpired:
        code = None
        process.kill()
    return time.monotonic() - start_s, code


def complaint_about_the_end(took_s: float, code: int | None, answers: int) -> Complaint | None:
    assert answers > 0
    if code != 0:
        return Complaint(f"SIGTERM ends it with code {code} after {took_s:.2f} s")
    return Complaint(f"SIGTERM ends it after {took_s:.2f} s") if took_s > END_S else None
