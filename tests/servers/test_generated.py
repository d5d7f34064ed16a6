"""Requests that schemathesis generates from the contract's document: no 5xx, no hang, no wrong 2xx.

GENERATED_REQUESTS says how many; else 10,000 of the servers that the study is about and 1,000 of the others.
"""

import os

import pytest
from servebench.build.server_manifest import load_server_manifest, protocol_of
from servebench.protocol.description import SERVEBENCH
from servebench.words import BuilderKind
from support.generated import Judge, ask_generated, predictions
from support.packages import default_config, system_definitions

MANY, FEW = 10_000, 1_000


def count_for(system: str) -> int:
    """How many requests a system is asked: many where the default study names it, or where it is C++."""
    wanted = os.environ.get("GENERATED_REQUESTS")
    if wanted is not None:
        return int(wanted)
    is_native = load_server_manifest(system_definitions()[system].server).builder is BuilderKind.CMAKE
    return MANY if is_native or system in default_config().system_catalogue else FEW


def test_generated_requests_are_answered_honestly(subject, system, cancer_model, note):
    protocol = protocol_of(system_definitions()[system])
    if protocol != SERVEBENCH:
        pytest.skip(f"what is generated is of the protocol {SERVEBENCH}, and {system} speaks {protocol}")
    judge = Judge.of_model(cancer_model)
    tally = ask_generated(subject.port, predictions(len(judge.contract.columns)), judge, count_for(system))
    note(f"generated requests: {tally}")
    assert tally.statuses[200] > 0
    subject.settle(tally.worst, "Generated requests")
