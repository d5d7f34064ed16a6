"""Every server against the contract: all cases and all golden answers, for each kind of model."""

import concurrent.futures
import json
import socket
import subprocess
import time

import pytest
from servebench.check.contract import cases_for, load_cases, run_cases
from servebench.check.examination import read_lines
from servebench.check.parity import check_parity
from servebench.check.system import check_system
from servebench.check.valid_row import ValidRow
from servebench.errors import ServebenchError
from servebench.paths import REPOSITORY
from servebench.protocol.wire import Wire
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, ask_health, free_port, request, start_server
from servebench.words import RowsPerRequest
from support.packages import make_fault_package, make_wire
from support.processes import none_left
from support.servers import FULL, SYSTEMS, asked, built, deviates, launch, wire_of


@pytest.mark.parametrize(
    ("system", "model_fixture"),
    [
        (system, model)
        for model in ("digits_model", "cancer_model", "diabetes_model")
        for system in SYSTEMS
        # What a minimal contract lets a server fail does not depend on the model.
        if system in FULL or model == "cancer_model"
    ],
)
def test_a_server_keeps_the_contract(system, model_fixture, tmp_path, request):
    model = request.getfixturevalue(model_fixture)
    package = built(system, model, tmp_path / "package")
    wire = wire_of(package, model)
    outcome = check_system(
        package, asked(system, model), 60.0, True, tmp_path / "check.json", tmp_path / "server.log", wire
    )
    assert outcome["status"] == "passed"
    assert outcome["golden_answers"] == 1_000
    assert none_left(str(tmp_path))


@pytest.mark.parametrize("system", SYSTEMS)
def test_several_workers_or_threads_answer_many_connections(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    takes = json.loads((package / "manifest.json").read_text())["rows"]
    numbers = (1, 8) if takes == RowsPerRequest.MANY else (1,)
    wires = [Wire.read(wire_of(package, cancer_model, rows)) for rows in numbers]
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package, 2), tmp_path / "log")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            failures = list(pool.map(lambda wire: check_parity(server.port, wire, 200), wires * 8))
    assert failures == [[]] * len(wires) * 8
    assert none_left(str(tmp_path))


@pytest.mark.parametrize("system", FULL)
def test_a_port_in_use_is_one_line(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    if deviates(package, "A port in use"):
        pytest.skip(f"{system}: its deviations say otherwise")
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), tmp_path / "log")
        done = subprocess.run(
            [str(package / "run"), "--port", str(server.port)], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode != 0
    assert f"cannot listen on {HOST}:{server.port}" in done.stderr
    assert "choose another with --port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("system", FULL)
def test_a_client_that_leaves_within_its_body_is_no_error(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    begun = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[1"
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), tmp_path / "log")
        for path in (b"/predict", b"/echo"):
            with socket.create_connection((HOST, server.port), 5) as client:
                client.sendall(begun % path)
                # Else the server may see neither.
                time.sleep(0.2)
        time.sleep(0.2)
        assert ask_health(server.port) is not None
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_unknown_option_is_refused(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    done = subprocess.run(
        [str(package / "run"), "--speed", "9"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "usage" in done.stderr


def test_a_server_that_breaks_the_contract_fails_its_check_with_the_case(cancer_model, tmp_path, capsys):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    with pytest.raises(ServebenchError) as caught:
        check_system(
            package, cancer_model, 60.0, False, tmp_path / "check.json", tmp_path / "check.log", make_wire(cancer_model)
        )
    head, *shown = str(caught.value).splitlines()
    every = capsys.readouterr().out.splitlines()
    assert head == f"check of fault failed in {len(every)} cases: all are in {tmp_path / 'check.log'}"
    assert len(every) > 10
    assert [line.strip() for line in shown] == every[:3]
    assert all(": expected " in line and ", got " in line for line in every)
    assert not (tmp_path / "check.json").exists()
    assert none_left(str(tmp_path))


def test_a_minimal_contract_allows_all_but_wrong_answers(cancer_model, tmp_path):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    manifest = json.loads((package / "manifest.json").read_text())
    (package / "manifest.json").write_text(json.dumps({**manifest, "contract": "minimal", "model_hash": "y"}))
    outcome = check_system(
        package, cancer_model, 60.0, True, tmp_path / "check.json", tmp_path / "check.log", make_wire(cancer_model)
    )
    found = {deviation["case"]: deviation for deviation in outcome["found_deviations"]}
    assert outcome["status"] == "passed"
    assert found["healthz model_hash"] == {"case": "healthz model_hash", "expected": "y", "got": "x"}
    assert "another content type" in found
    valid = ValidRow.of_numbers(json.loads(read_lines(cancer_model / "payloads.jsonl")[0])["features"])
    assert len(outcome["cases"]) + len(found) - 1 == len(cases_for(load_cases(), valid, RowsPerRequest.ONE))
    wrong = make_fault_package("wrong", cancer_model, tmp_path / "wrong")
    (wrong / "manifest.json").write_text(json.dumps({**manifest, "contract": "minimal"}))
    with pytest.raises(ServebenchError, match="golden answer"):
        check_system(
            wrong, cancer_model, 60.0, True, tmp_path / "check.json", tmp_path / "check.log", make_wire(cancer_model)
        )


def test_a_required_system_that_is_not_built_is_an_error(tmp_path, cancer_model):
    (tmp_path / "manifest.json").write_text(
        '{"status": "unavailable", "system": "crow", "reason": "no network", "remedy": "connect"}'
    )
    with pytest.raises(ServebenchError, match="crow is required: no network; connect"):
        check_system(
            tmp_path, cancer_model, 60.0, True, tmp_path / "check.json", tmp_path / "log", make_wire(cancer_model)
        )


def test_each_case_can_fail(cancer_model, tmp_path):
    """A server that answers 200 to everything fails every case that expects an error."""
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    valid = ValidRow.of_numbers(json.loads(read_lines(cancer_model / "payloads.jsonl")[0])["features"])
    golden = json.loads(read_lines(cancer_model / "golden.jsonl")[0])
    cases = load_cases()
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), tmp_path / "log")
        failed = {failure.case for failure in run_cases(server.port, valid, golden, cases)}
    assert failed >= {case.name for case in cases if all(200 not in step.status for step in case.exchanges)}


def test_the_openapi_document_names_every_status_that_a_case_expects():
    text = (REPOSITORY / "servers" / "contract" / "openapi.yaml").read_text()
    for case in load_cases():
        for exchange in case.exchanges:
            for status in exchange.status:
                assert str(status) in text


def test_a_free_port_is_free():
    with pytest.raises(OSError, match="refused"):
        request(free_port(), "GET", "/healthz")
