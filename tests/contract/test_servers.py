"""Every server against the contract: all cases and all golden answers, for each kind of model."""

import concurrent.futures
import json
import subprocess
import sys

import pytest
from servebench.build.cmake import server_project
from servebench.check.contract import load_cases, run_cases
from servebench.check.parity import check_parity
from servebench.check.system import check_system, read_lines
from servebench.errors import ServebenchError
from servebench.paths import CACHE, REPOSITORY, SERVERS
from servebench.trial.processes import ProcessGroups
from servebench.trial.server import HOST, ServerLaunch, free_port, request, start_server
from support.packages import default_config, make_fault_package, make_package
from support.processes import none_left
from support.toolchain import HAS_COMPILER, SANITIZED

SYSTEMS = list(default_config().system_catalogue)


def built(system, model, folder):
    """A package, or a skipped test with the reason."""
    manifest = make_package(system, model, folder)
    if manifest["status"] != "built":
        pytest.skip(f"{system}: {manifest['reason']}")
    return folder


def launch(package, parallelism=1):
    definition = json.loads((package / "manifest.json").read_text())["definition"]
    option = "workers" if definition["workers"] is not None else "threads"
    return ServerLaunch(package, option, parallelism, None, 1, 60.0)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("model_fixture", ["digits_model", "cancer_model", "diabetes_model"])
def test_a_server_keeps_the_contract(system, model_fixture, tmp_path, request):
    model = request.getfixturevalue(model_fixture)
    package = built(system, model, tmp_path / "package")
    outcome = check_system(package, model, 60.0, True, tmp_path / "check.json", tmp_path / "server.log")
    assert outcome["status"] == "passed"
    assert outcome["golden_answers"] == 1_000
    assert none_left(str(tmp_path))


@pytest.mark.parametrize("system", SYSTEMS)
def test_several_workers_or_threads_answer_many_connections(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    bodies = read_lines(cancer_model / "payloads.jsonl")
    golden = [json.loads(line) for line in read_lines(cancer_model / "golden.jsonl")][:200]
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package, 2), tmp_path / "log")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            failures = list(pool.map(lambda _: check_parity(server.port, bodies, golden), range(8)))
    assert failures == [[]] * 8
    assert none_left(str(tmp_path))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_port_in_use_is_one_line(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), tmp_path / "log")
        done = subprocess.run(
            [str(package / "run"), "--port", str(server.port)], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode != 0
    assert f"cannot listen on {HOST}:{server.port}" in done.stderr
    assert "choose another with --port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_unknown_option_is_refused(system, cancer_model, tmp_path):
    package = built(system, cancer_model, tmp_path / "package")
    done = subprocess.run(
        [str(package / "run"), "--speed", "9"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "usage" in done.stderr


def test_a_server_that_breaks_the_contract_fails_its_check_with_the_case(cancer_model, tmp_path):
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    with pytest.raises(ServebenchError, match=r"check of fault failed .* expected .*, got .*"):
        check_system(package, cancer_model, 60.0, False, tmp_path / "check.json", tmp_path / "log")
    assert not (tmp_path / "check.json").exists()
    assert none_left(str(tmp_path))


def test_a_required_system_that_is_not_built_is_an_error(tmp_path, cancer_model):
    (tmp_path / "manifest.json").write_text(
        '{"status": "unavailable", "system": "crow", "reason": "no network", "remedy": "connect"}'
    )
    with pytest.raises(ServebenchError, match="crow is required: no network; connect"):
        check_system(tmp_path, cancer_model, 60.0, True, tmp_path / "check.json", tmp_path / "log")


def test_each_case_can_fail(cancer_model, tmp_path):
    """A server that answers 200 to everything fails every case that expects an error."""
    package = make_fault_package("none", cancer_model, tmp_path / "package")
    valid = json.loads(read_lines(cancer_model / "payloads.jsonl")[0])["features"]
    golden = json.loads(read_lines(cancer_model / "golden.jsonl")[0])
    cases = load_cases()
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), tmp_path / "log")
        failed = {failure.case for failure in run_cases(server.port, valid, golden, cases)}
    assert failed >= {case.name for case in cases if all(200 not in step.status for step in case.exchanges)}


@pytest.mark.skipif(not HAS_COMPILER, reason="no C++ compiler on this machine")
def test_the_beast_server_is_clean_under_the_sanitizers(cancer_model, tmp_path):
    package = tmp_path / "package"
    make_package("beast", cancer_model, package)
    project = server_project(SERVERS / "beast", SANITIZED)
    project.build("server", package / "server", CACHE, linked={"SERVEBENCH_MODEL_DIR": cancer_model / "compiled"})
    check_system(package, cancer_model, 60.0, True, tmp_path / "check.json", tmp_path / "server.log")
    assert "ERROR" not in (tmp_path / "server.log").read_text()


def test_a_chunked_body_is_limited_too(cancer_model, tmp_path):
    package = built("fastapi-compiled", cancer_model, tmp_path / "package")
    body = b'{"features":[' + b"0," * (1024 * 1024) + b"0]}"
    code = (
        "import http.client, sys\n"
        "c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))\n"
        "body = sys.stdin.buffer.read()\n"
        "parts = (body[i:i + 65536] for i in range(0, len(body), 65536))\n"
        "c.request('POST', '/predict', parts, {'Content-Type': 'application/json'}, encode_chunked=True)\n"
        "print(c.getresponse().status)\n"
    )
    with ProcessGroups() as groups:
        server = start_server(groups, launch(package), tmp_path / "log")
        done = subprocess.run(
            [sys.executable, "-c", code, str(server.port)], input=body, capture_output=True, timeout=60, check=False
        )
    assert done.stdout.strip() == b"413", done.stderr


def test_the_openapi_document_names_every_status_that_a_case_expects():
    text = (REPOSITORY / "servers" / "contract" / "openapi.yaml").read_text()
    for case in load_cases():
        for exchange in case.exchanges:
            for status in exchange.status:
                assert str(status) in text


def test_a_free_port_is_free():
    with pytest.raises(OSError, match="refused"):
        request(free_port(), "GET", "/healthz")
