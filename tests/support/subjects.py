"""A server that `make test-servers` examines, and what becomes of a complaint about it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from servebench.answers import GOLDEN_STEP, answer_differs
from servebench.check.connection import Answer, Connection, LostStep, write_request
from servebench.check.examination import read_lines
from servebench.files import read_json
from servebench.paths import GOLDEN, MANIFEST, PAYLOADS
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import RunningServer, start_server
from servebench.trial.tree import tree_of
from servebench.words import Contract

from support.servers import launch

# No answer for so long is a hang.
PATIENCE_S = 5.0
# Some load frameworks as large as a browser.
START_TIMEOUT_S = 180.0


@dataclass(frozen=True)
class Complaint:
    """What a server did that no honest server does; a grave one is allowed to none."""

    text: str
    is_grave: bool = False


@dataclass(frozen=True)
class Row:
    """A body that the model takes, the request with it, and the answer that it must get."""

    body: bytes
    golden: dict[str, object]

    @property
    def request(self) -> bytes:
        """The whole request."""
        return write_request("POST", "/predict", {"Content-Type": "application/json"}, self.body, False)

    def complaint(self, answer: Answer) -> Complaint | None:
        """What is wrong with an answer that should be the golden one."""
        if answer.status != 200:
            return Complaint(f"status {answer.status} to a valid row")
        try:
            is_wrong = answer_differs(json.loads(answer.body), self.golden)
        except ValueError:
            return Complaint(f"no JSON to a valid row: {answer.body[:80]!r}", is_grave=True)
        return Complaint(f"a wrong prediction: {answer.body[:80]!r}", is_grave=True) if is_wrong else None


def read_rows(model: Path, count: int) -> list[Row]:
    """The first rows of a model's pool that have a golden answer."""
    bodies = read_lines(model / PAYLOADS)[::GOLDEN_STEP]
    pairs = zip(bodies, read_lines(model / GOLDEN), strict=False)
    return [Row(body.encode(), json.loads(golden)) for body, golden in list(pairs)[:count]]


@dataclass(frozen=True)
class Subject:
    """A server that runs: how it is reached, what it promises, and what it says that it cannot keep."""

    system: str
    server: RunningServer
    rows: list[Row]
    contract: Contract
    deviations: tuple[str, ...]

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    @property
    def row(self) -> Row:
        """A valid row."""
        return self.rows[0]

    @property
    def pids(self) -> list[int]:
        """Its processes."""
        return tree_of(self.server.process.pid)

    def ask(self, request: bytes, method: str = "POST") -> Answer:
        """The answer on a connection of its own."""
        with Connection(self.port, PATIENCE_S) as connection:
            return connection.ask(method, request)

    def send_body(self, body: bytes) -> Answer | Complaint:
        """The answer to a body, or what is wrong with there being none."""
        try:
            return self.ask(Row(body, {}).request)
        except TimeoutError:
            return Complaint(f"neither an answer nor an end for {PATIENCE_S:g} s")
        except (LostStep, OSError) as lost:
            return Complaint(f"no answer: {lost}")

    def complaint_about_a_row(self) -> Complaint | None:
        """What is wrong with the answer to a valid row on a new connection."""
        if not self.server.is_alive():
            return Complaint("the server has ended", is_grave=True)
        try:
            return self.row.complaint(self.ask(self.row.request))
        except TimeoutError:
            return Complaint(f"a new connection has no answer for {PATIENCE_S:g} s")
        except (LostStep, OSError) as error:
            return Complaint(f"a new connection has no answer: {error}")

    def settle(self, complaint: Complaint | None, declared: str = "") -> None:
        """Fail the test for a complaint, or for a server that no longer answers a good request after it."""
        self.settle_end(complaint or self.complaint_about_a_row(), declared)

    def settle_end(self, complaint: Complaint | None, declared: str = "") -> None:
        """The same of a server that is no longer there.

        A minimal contract allows all but what is grave, a full one what a deviation declares that begins with
        `declared`: the test is expected to fail then, with what was seen.
        """
        if complaint is None:
            return
        is_declared = bool(declared) and any(text.startswith(declared) for text in self.deviations)
        is_allowed = not complaint.is_grave and (self.contract is Contract.MINIMAL or is_declared)
        (pytest.xfail if is_allowed else pytest.fail)(f"{self.system}: {complaint.text}")


@contextmanager
def started_subject(system: str, package: Path, model: Path, log: Path, parallelism: int = 1) -> Iterator[Subject]:
    """Start a package for as long as it is examined."""
    manifest = read_json(package / MANIFEST)
    with ProcessGroups() as groups:
        yield Subject(
            system=system,
            server=start_server(groups, replace(launch(package, parallelism), start_timeout_s=START_TIMEOUT_S), log),
            rows=read_rows(model, 200),
            contract=Contract(manifest["contract"]),
            deviations=tuple(manifest["deviations"]),
        )
