"""Generated requests to running servers: no wrong answer, no 5xx, no hang."""

import json
import random
import re
import socket
from dataclasses import dataclass
from typing import Any

import pytest
from servebench.answers import answer_differs
from servebench.check.connection import Connection, write_request
from servebench.check.contract import Case, Exchange, cases_for, load_cases, run_cases
from servebench.check.examination import read_lines
from servebench.check.valid_row import ValidRow
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, ask_health, start_server
from servebench.trial.server import request as ask
from servebench.words import RowsPerRequest
from support.servers import FULL, built, deviates, launch

SEED = 20_261
SEQUENCES = 40
SEQUENCE_LENGTH = 8
MUTANTS = 150
# A request that was cut short waits for its rest: nothing more is awaited of it.
MUTANT_PATIENCE_S = 0.1
LARGE_HEADER_BYTES = 20 * 1024
BODY_LIMIT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Running:
    """A server that runs while this file's tests do, and a row that it is asked."""

    system: str
    port: int
    excused: frozenset[str]
    has_unbounded_headers: bool
    valid: ValidRow
    golden: dict[str, Any]
    rows: RowsPerRequest


@pytest.fixture(scope="module", params=FULL)
def running(request, cancer_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("running")
    package = built(request.param, cancer_model, folder / "package")
    manifest = json.loads((package / "manifest.json").read_text())
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), folder / "log")
        yield Running(
            system=request.param,
            port=server.port,
            excused=frozenset(manifest["excused_cases"]),
            has_unbounded_headers=deviates(package, "Headers have no bound"),
            valid=ValidRow.of_numbers(json.loads(read_lines(cancer_model / "payloads.jsonl")[0])["features"]),
            golden=json.loads(read_lines(cancer_model / "golden.jsonl")[0]),
            rows=RowsPerRequest(manifest["rows"]),
        )
        assert server.is_alive()


def exchanges_of(running: Running) -> list[Exchange]:
    """The contract's requests that the server answers; large ones are left to the cases."""
    cases = cases_for(load_cases(), running.valid, running.rows)
    alone = [case for case in cases if len(case.exchanges) == 1 and case.name not in running.excused]
    return [case.exchanges[0] for case in alone if "$OVERSIZED" not in (case.exchanges[0].body or "")]


def test_sequences_in_any_order_stay_in_step(running):
    dice = random.Random(SEED)
    exchanges = exchanges_of(running)
    cases = [
        Case(name=f"sequence {number}", exchanges=tuple(dice.choices(exchanges, k=SEQUENCE_LENGTH)))
        for number in range(SEQUENCES)
    ]
    assert run_cases(running.port, running.valid, running.golden, cases) == []


def test_an_excused_case_is_needed_and_safe(running):
    """What a framework answers instead is no prediction, no 5xx and no silence."""
    cases = [case for case in load_cases() if case.name in running.excused]
    failures = run_cases(running.port, running.valid, running.golden, cases)
    assert len(failures) == len(cases)
    for failure in failures:
        assert "timed out" not in failure.got
        assert not failure.got.startswith(("status 200", "status 5"))


def mutate(dice: random.Random, head: bytes) -> bytes:
    """The head of a request with a part of it changed, cut or doubled."""
    start = dice.randrange(len(head))
    end = min(len(head), start + dice.randint(1, 6))
    replacement = dice.choice([b"", head[start:end] * 2, bytes(dice.choices(range(256), k=end - start)), b"\r\n", b" "])
    return head[:start] + replacement + head[end:]


def answers_to(port: int, data: bytes) -> bytes:
    """All that comes back until the connection ends or waits."""
    received = b""
    with socket.create_connection((HOST, port), MUTANT_PATIENCE_S) as connection:
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                received += part
        except OSError:
            pass
    return received


def test_a_broken_head_gets_no_wrong_answer(running):
    dice = random.Random(SEED)
    body = json.dumps({"features": running.valid.values}).encode()
    whole = write_request("POST", "/predict", {"Content-Type": "application/json"}, body, False)
    head = whole[: -len(body)]
    for _ in range(MUTANTS):
        mutant = mutate(dice, head) + body
        answer, _, rest = answers_to(running.port, mutant).partition(b"\r\n\r\n")
        assert not answer.startswith(b"HTTP/1.1 5"), mutant
        if answer.startswith(b"HTTP/1.1 2") and b"OPTIONS" not in mutant:
            value, _ = json.JSONDecoder().raw_decode(rest.decode())
            assert not answer_differs(value, running.golden), mutant


def test_an_echo_is_the_body_as_it_came(running):
    """A server need not have one; where it has, the limit of a body holds too."""
    body, headers = b'{"features": [1,  2], no JSON', {"Content-Type": "application/json"}
    status, answer, _ = ask(running.port, "POST", "/echo", body, headers)
    assert (status, answer) == (200, body) or status == 404
    # A server may refuse it before it has read it all.
    with Connection(running.port) as connection:
        large = write_request("POST", "/echo", headers, b"1" * (BODY_LIMIT_BYTES + 1), False)
        assert connection.ask("POST", large).status in (413, 404)


def test_a_large_header_is_refused_where_the_framework_can(running):
    answer = answers_to(
        running.port, write_request("GET", "/healthz", {"X-Large": "x" * LARGE_HEADER_BYTES}, None, False)
    )
    if running.has_unbounded_headers:
        assert answer.startswith(b"HTTP/1.1 200")
    else:
        assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


def test_a_server_names_the_version_that_is_there(running):
    """Crow calls itself "master" in every release."""
    health = ask_health(running.port)
    assert health is not None
    assert re.fullmatch(r"\d+[._]\d+([._]\d+)?|unknown \(headers [0-9a-f]{12}\)", health["version"])
