"""The contract's cases, sent to a running server."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from servebench.answers import TOLERANCE, answer_differs, answer_of_rows
from servebench.build.server_manifest import HEALTH_PATH
from servebench.check.connection import Answer, Connection, LostStep, write_request
from servebench.check.valid_row import ValidRow
from servebench.paths import SERVERS
from servebench.texts import visible
from servebench.words import RowsPerRequest

CASES = SERVERS / "contract" / "cases.yaml"
HEALTH_PLACE = "$HEALTH"
NO_ANSWER_IN_TIME = "none in time"


@dataclass(frozen=True)
class Failure:
    """A case that a server did not pass."""

    case: str
    expected: str
    got: str

    def __str__(self) -> str:
        """The case in one line."""
        return visible(" ".join(f"{self.case}: expected {self.expected}, got {self.got}".split()))


class Exchange(BaseModel):
    """One request, and what may answer it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    status: tuple[int, ...]
    method: str = "POST"
    path: str = "/predict"
    body: str | None = None
    content_type: str | None = "application/json"
    headers: dict[str, str] = {}
    # The body comes in chunks, without a length.
    is_chunked: bool = False
    # Asked only of a server that takes as many.
    rows: RowsPerRequest = RowsPerRequest.ONE
    # Methods that the answer's `Allow` must name.
    allow: tuple[str, ...] = ()

    def request(self, valid: ValidRow) -> bytes:
        """The bytes to send; placeholders of the body are filled from a valid row."""
        typed = {"Content-Type": self.content_type} if self.content_type and self.body is not None else {}
        body = None if self.body is None else valid.fill(self.body).encode()
        return write_request(self.method, self.path, typed | self.headers, body, self.is_chunked)

    def with_health_at(self, health_path: str) -> "Exchange":
        """The same, asked at this path, which may have a query, where it asks for health."""
        if HEALTH_PLACE not in self.path:
            return self
        health, _, query = health_path.partition("?")
        path = self.path.replace(HEALTH_PLACE, health)
        separator = "&" if "?" in path else "?"
        return self.model_copy(update={"path": f"{path}{separator}{query}" if query else path})

    def makes_sense(self, valid: ValidRow, rows: RowsPerRequest) -> bool:
        """Whether it can be asked of the model of a valid row, and of a server that takes so many rows a request."""
        return valid.can_fill(self.body or "") and self.rows in (RowsPerRequest.ONE, rows)

    def answer(self, golden: dict[str, Any]) -> dict[str, Any] | None:
        """What a 200 holds, from the golden answer to the valid row; None where it is another row's."""
        number = 0 if self.body is None else self.body.count("$VALID")
        if not number:
            return None
        return answer_of_rows([golden] * number) if self.rows is RowsPerRequest.MANY else golden


class Case(BaseModel):
    """Requests that are sent one after the other on one connection."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    exchanges: tuple[Exchange, ...]


def load_cases(health_path: str = HEALTH_PATH) -> list[Case]:
    """The cases of servers/contract/cases.yaml: each request alone, then the sequences.

    They ask for health where the server says that it is.
    """
    raw = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    read = [Exchange.model_validate(entry) for entry in raw["requests"]]
    exchanges = {exchange.name: exchange.with_health_at(health_path) for exchange in read}
    alone = [Case(name=name, exchanges=(exchange,)) for name, exchange in exchanges.items()]
    sequences = [
        Case(name=name, exchanges=tuple(exchanges[step] for step in steps)) for name, steps in raw["sequences"].items()
    ]
    return alone + sequences


def cases_for(cases: Iterable[Case], valid: ValidRow, rows: RowsPerRequest) -> list[Case]:
    """The cases that make sense for the model of a valid row, and for a server that takes so many rows a request."""
    return [case for case in cases if all(exchange.makes_sense(valid, rows) for exchange in case.exchanges)]


def run_cases(port: int, valid: ValidRow, golden: dict[str, Any], cases: list[Case]) -> list[Failure]:
    """Send every case on a connection of its own; returns those that failed.

    `golden` is the answer to the row `valid`. Every case is followed by the file's first request on
    the same connection: a server that lost step there fails the case that made it lose it.
    """
    in_step = load_cases()[0].exchanges[0]
    failures = [run_case(port, valid, golden, case, in_step) for case in cases]
    return [failure for failure in failures if failure is not None]


def run_case(
    port: int,
    valid: ValidRow,
    golden: dict[str, Any],
    case: Case,
    in_step: Exchange,
    tolerance: float = TOLERANCE,
) -> Failure | None:
    """Send one case, then the request `in_step` on the same connection; returns what failed."""
    steps = [(step, case.name if step.name == case.name else f"{case.name}: {step.name}") for step in case.exchanges]
    name = case.name
    try:
        with Connection(port) as connection:
            for exchange, name in [*steps, (in_step, f"{case.name}, then {in_step.name}")]:
                answer = connection.ask(exchange.method, exchange.request(valid))
                complaint = _complaint(exchange, answer, golden, tolerance)
                if complaint is not None:
                    return Failure(name, *complaint)
                if answer.closes:
                    return None
    except TimeoutError:
        return Failure(name, "an answer", NO_ANSWER_IN_TIME)
    except (LostStep, OSError) as error:
        return Failure(name, "an answer", str(error))
    return None


def _statuses(exchange: Exchange) -> str:
    return f"status {' or '.join(str(status) for status in exchange.status)}"


def _complaint(exchange: Exchange, answer: Answer, golden: dict[str, Any], tolerance: float) -> tuple[str, str] | None:
    """What was expected and what came, or None where the answer is right."""
    if answer.status not in exchange.status:
        return _statuses(exchange), f"status {answer.status}: {_start(answer)}"
    allow = {method.strip() for method in answer.headers.get("allow", "").split(",")}
    if not allow.issuperset(exchange.allow):
        return f"Allow: {', '.join(exchange.allow)}", answer.headers.get("allow", "no such header")
    if exchange.method == "HEAD" or answer.status == 204:
        return None
    return _content_complaint(exchange, answer, golden, tolerance)


def _content_complaint(
    exchange: Exchange, answer: Answer, golden: dict[str, Any], tolerance: float
) -> tuple[str, str] | None:
    expected_type = "application/json" if answer.status == 200 else "application/problem+json"
    content_type = answer.headers.get("content-type", "none").split(";", maxsplit=1)[0].strip()
    if content_type != expected_type:
        return f"content type {expected_type}", content_type
    try:
        value: Any = json.loads(answer.body)
    except ValueError:
        return "a JSON body", _start(answer) or "nothing"
    if answer.status != 200:
        is_problem = isinstance(value, dict) and value.get("status") == answer.status
        if not is_problem or not {"title", "detail"} <= value.keys():
            return f"a problem with title, detail and status {answer.status}", str(value)[:200]
        return None
    expected = exchange.answer(golden)
    if expected is not None and answer_differs(value, expected, tolerance):
        return json.dumps(expected)[:200], str(value)[:200]
    return None


def _start(answer: Answer) -> str:
    return answer.body[:200].decode(errors="replace")


def check_health(health: dict[str, Any], model_hash: str, inference: str) -> list[Failure]:
    """Compare what the health path said with what the build promised."""
    failures = []
    for key, expected in (("status", "ok"), ("model_hash", model_hash), ("inference", inference)):
        if health.get(key) != expected:
            failures.append(Failure(f"healthz {key}", expected, str(health.get(key))))
    for key in ("server", "version"):
        if not isinstance(health.get(key), str) or not health[key]:
            failures.append(Failure(f"healthz {key}", "a name", str(health.get(key))))
    return failures
