"""C++ servers built with a sanitizer, once for all checkouts that share a cache."""

import concurrent.futures
import json
from pathlib import Path

import pytest
from servebench.build.cmake import server_project
from servebench.build.request import Unavailable
from servebench.check.contract import cases_for, load_cases, run_cases
from servebench.check.examination import read_lines
from servebench.check.parity import check_parity
from servebench.check.valid_row import ValidRow
from servebench.paths import CACHE, SERVERS
from servebench.protocol.wire import Wire
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import start_server
from servebench.words import RowsPerRequest

from support.packages import make_package, make_wire
from support.servers import launch


def build_sanitized(server: str, sanitizers: str, model: Path, package: Path) -> Path:
    """A package whose executable is built with `sanitizers`; skips where the framework is not there."""
    manifest = make_package(server, model, package)
    if manifest["status"] != "built":
        pytest.skip(str(manifest["reason"]))
    definitions = {
        "CMAKE_BUILD_TYPE": "Debug",
        # Lines of a trace are enough, and compile faster.
        "CMAKE_CXX_FLAGS_DEBUG": "-g1",
        "SERVEBENCH_SANITIZE": sanitizers,
        "SERVEBENCH_WERROR": "ON",
    }
    project = server_project(SERVERS / server, definitions)
    try:
        project.build("server", package / "server", CACHE, linked={"SERVEBENCH_MODEL_DIR": model / "compiled"})
    except Unavailable as reason:
        pytest.fail(f"{server} with {sanitizers}: {reason.reason}")
    return package


def assert_shares_nothing_unguarded(server: str, model: Path, folder: Path) -> None:
    """Ask two threads of a server for golden answers and the contract's cases at once: no race is seen."""
    package = build_sanitized(server, "thread", model, folder / "package")
    golden = json.loads(read_lines(model / "golden.jsonl")[0])
    wire = Wire.read(make_wire(model))
    manifest = json.loads((package / "manifest.json").read_text())
    valid = ValidRow.of_numbers(json.loads(read_lines(model / "payloads.jsonl")[0])["features"])
    asked = cases_for(load_cases(), valid, RowsPerRequest(manifest["rows"]))
    cases = [case for case in asked if case.name not in manifest["excused_cases"]]
    log = folder / "server.log"
    with ProcessGroups() as groups:
        running = start_server(groups, launch(package, 2), log)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            parity = pool.map(lambda _: check_parity(running.port, wire, 50), range(4))
            contract = pool.map(lambda _: run_cases(running.port, valid, golden, cases), range(2))
            failures = [*parity, *contract]
        running.process.terminate()
        assert running.process.wait(10) == 0
    assert failures == [[]] * 6
    assert "ThreadSanitizer" not in log.read_text()
