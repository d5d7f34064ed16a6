"""The C++ servers under the sanitizers: built once, then a few requests."""

import concurrent.futures
import json

import pytest
from servebench.check.contract import cases_for, load_cases, run_cases
from servebench.check.examination import read_lines
from servebench.check.parity import check_parity
from servebench.check.system import check_system
from servebench.check.valid_row import ValidRow
from servebench.protocol.wire import Wire
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import start_server
from servebench.words import RowsPerRequest
from support.packages import make_wire
from support.sanitized import build_sanitized
from support.servers import CPP, SYSTEMS, launch
from support.toolchain import HAS_COMPILER

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")


def test_a_server_uses_its_memory_well(cancer_model, tmp_path):
    # They share what reads and writes bodies; `make test-servers` asks it of each.
    package = build_sanitized("beast", "address,undefined", cancer_model, tmp_path / "package")
    check_system(
        package, cancer_model, 60.0, True, tmp_path / "check.json", tmp_path / "check.log", make_wire(cancer_model)
    )
    assert "ERROR" not in (tmp_path / "check.server.log").read_text()


@pytest.mark.parametrize("server", [name for name in SYSTEMS if name in CPP])
def test_the_threads_of_a_server_share_nothing_unguarded(server, cancer_model, tmp_path):
    package = build_sanitized(server, "thread", cancer_model, tmp_path / "package")
    golden = json.loads(read_lines(cancer_model / "golden.jsonl")[0])
    wire = Wire.read(make_wire(cancer_model))
    manifest = json.loads((package / "manifest.json").read_text())
    valid = ValidRow.of_numbers(json.loads(read_lines(cancer_model / "payloads.jsonl")[0])["features"])
    asked = cases_for(load_cases(), valid, RowsPerRequest(manifest["rows"]))
    cases = [case for case in asked if case.name not in manifest["excused_cases"]]
    with ProcessGroups() as groups:
        running = start_server(groups, launch(package, 2), tmp_path / "server.log")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            parity = pool.map(lambda _: check_parity(running.port, wire, 50), range(4))
            contract = pool.map(lambda _: run_cases(running.port, valid, golden, cases), range(2))
            failures = [*parity, *contract]
        running.process.terminate()
        assert running.process.wait(10) == 0
    assert failures == [[]] * 6
    assert "ThreadSanitizer" not in (tmp_path / "server.log").read_text()
