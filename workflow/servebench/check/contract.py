"""The contract's cases, sent to a running server."""

import json
from dataclasses import dataclass
from typing import Any

import yaml

from servebench.paths import SERVERS
from servebench.trial.server import request

BODY_LIMIT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Failure:
    """A case that a server did not pass."""

    case: str
    expected: str
    got: str


@dataclass(frozen=True)
class Case:
    """One request and the statuses that may answer it."""

    name: str
    status: tuple[int, ...]
    method: str = "POST"
    path: str = "/predict"
    body: str | None = None
    content_type: str | None = "application/json"


def load_cases() -> list[Case]:
    """The cases of servers/contract/cases.yaml."""
    raw = yaml.safe_load((SERVERS / "contract" / "cases.yaml").read_text(encoding="utf-8"))
    return [Case(**{**entry, "status": tuple(entry["status"])}) for entry in raw]


def fill_body(template: str, valid: list[float]) -> str:
    """Replace the placeholders by arrays made from a valid row of features."""
    numbers = [json.dumps(value) for value in valid]
    rest = numbers[1:]
    arrays = {
        "$VALID": numbers,
        "$SHORT": rest,
        "$LONG": [*numbers, "0"],
        "$TEXT": ['"1"', *rest],
        "$NULL": ["null", *rest],
        "$BOOLEAN": ["true", *rest],
        "$INFINITE": ["1e999", *rest],
        "$NAN": ["NaN", *rest],
    }
    for name, values in arrays.items():
        template = template.replace(name, f"[{','.join(values)}]")
    return template.replace("$OVERSIZED", f"[{'0,' * BODY_LIMIT_BYTES}0]")


def run_cases(port: int, valid: list[float], cases: list[Case]) -> list[Failure]:
    """Send every case; returns those that failed."""
    failures = [_run_case(port, valid, case) for case in cases]
    return [failure for failure in failures if failure is not None]


def _run_case(port: int, valid: list[float], case: Case) -> Failure | None:
    headers = {"Content-Type": case.content_type} if case.content_type and case.body is not None else {}
    body = None if case.body is None else fill_body(case.body, valid).encode()
    expected = f"status {' or '.join(str(status) for status in case.status)}"
    try:
        status, answer, answer_headers = request(port, case.method, case.path, body, headers)
    except OSError as error:
        return Failure(case.name, expected, f"{type(error).__name__}: {error}")
    if status not in case.status:
        return Failure(case.name, expected, f"status {status}: {answer[:200].decode(errors='replace')}")
    return _check_body(case, status, answer, answer_headers.get("content-type", ""))


def _check_body(case: Case, status: int, answer: bytes, content_type: str) -> Failure | None:
    expected_type = "application/json" if status == 200 else "application/problem+json"
    if content_type.split(";", maxsplit=1)[0].strip() != expected_type:
        return Failure(case.name, f"content type {expected_type}", content_type or "none")
    try:
        value: Any = json.loads(answer)
    except json.JSONDecodeError:
        return Failure(case.name, "a JSON body", answer[:200].decode(errors="replace"))
    if status != 200 and not (
        isinstance(value, dict) and value.get("status") == status and {"title", "detail"} <= value.keys()
    ):
        return Failure(case.name, f"a problem with title, detail and status {status}", str(value)[:200])
    return None


def check_health(health: dict[str, Any], model_hash: str, inference: str) -> list[Failure]:
    """Compare /healthz with what the build promised."""
    failures = []
    for key, expected in (("status", "ok"), ("model_hash", model_hash), ("inference", inference)):
        if health.get(key) != expected:
            failures.append(Failure(f"healthz {key}", expected, str(health.get(key))))
    for key in ("server", "version"):
        if not isinstance(health.get(key), str) or not health[key]:
            failures.append(Failure(f"healthz {key}", "a name", str(health.get(key))))
    return failures
