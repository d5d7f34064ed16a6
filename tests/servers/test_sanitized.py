"""The C++ servers under the sanitizers: what is sent here finds no bad memory and no race."""

import json

import pytest
from support.bodies import BODIES, NUMBERS, body_of
from support.dialogues import converse
from support.packages import system_definitions
from support.raw_cases import raw_cases
from support.sanitized import assert_shares_nothing_unguarded, build_sanitized
from support.servers import CPP
from support.subjects import Subject, started_subject
from support.toolchain import HAS_COMPILER

FINDINGS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")


pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")


def server_of(system):
    """The server of a system in C++; others are skipped."""
    if system not in CPP:
        pytest.skip("not in C++")
    return system_definitions()[system].server


def test_threads_share_nothing_unguarded(system, cancer_model, tmp_path):
    assert_shares_nothing_unguarded(server_of(system), cancer_model, tmp_path)


def test_raw_requests_and_bodies_find_no_bad_memory(system, cancer_model, tmp_path):
    server = server_of(system)
    package = build_sanitized(server, "address,undefined", cancer_model, tmp_path / "package")
    log = tmp_path / "log"
    with started_subject(system, package, cancer_model, log) as subject:
        send_everything(subject)
        assert subject.server.is_alive()
        subject.server.process.terminate()
        assert subject.server.process.wait(10) == 0
    found = [line for line in log.read_text(errors="replace").splitlines() if any(word in line for word in FINDINGS)]
    assert not found


def send_everything(subject: Subject) -> None:
    """All that the other files send; what is answered is their affair."""
    values = [json.dumps(value) for value in json.loads(subject.row.body)["features"]]
    for case in raw_cases(subject.row.body):
        converse(subject, case)
    for number in NUMBERS:
        subject.send_body(body_of([number.text, *values[1:]]))
    for body in BODIES:
        subject.send_body(body.make(values))
